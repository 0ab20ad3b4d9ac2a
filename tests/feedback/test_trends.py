"""score_trend: R's value, scipy's correlation, and customers who answer in several periods."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import linregress

from cemkit.errors import DataError, NotEnoughDataError
from cemkit.feedback import score_trend


def monthly(counts, sizes, high=5, low=2) -> pd.DataFrame:
    rows = [
        (f"2024-{month:02}-10", score)
        for month, (count, size) in enumerate(zip(counts, sizes, strict=True), start=1)
        for score in [high] * count + [low] * (size - count)
    ]
    table = pd.DataFrame(rows, columns=["response_date", "score"])
    return table.assign(customer_id=range(len(table)))


def test_satisfaction_has_the_chi_square_of_r() -> None:
    # R: prop.trend.test(c(83, 90, 129, 70), c(86, 93, 136, 82)), which divides by n and not n - 1.
    found = score_trend(monthly([83, 90, 129, 70], [86, 93, 136, 82]), measure="csat")
    row = found.table.iloc[0]
    assert row["statistic"] * 397 / 396 == pytest.approx(8.2249222852, abs=1e-9)
    assert row["method"] == "linear-by-linear"
    assert row["direction"] == "falling"
    assert (row["periods"], row["n"]) == (4, 397)


def test_the_statistic_and_slope_are_those_of_scipy() -> None:
    rng = np.random.default_rng(0)
    month = rng.integers(1, 13, 500)
    table = pd.DataFrame(
        {
            "customer_id": range(500),
            "response_date": [f"2024-{m:02}-15" for m in month],
            "score": np.clip(rng.integers(0, 9, 500) + month // 5, 0, 10),
        }
    )
    classes = (table["score"] >= 9).astype(int) - (table["score"] <= 6).astype(int)
    reference = linregress(month, classes)
    row = score_trend(table).table.iloc[0]
    assert row["slope"] == pytest.approx(reference.slope)
    assert row["statistic"] == pytest.approx(499 * reference.rvalue**2)
    half = (row["slope_upper"] - row["slope_lower"]) / 2
    assert half == pytest.approx(1.965 * reference.stderr, rel=0.1)  # robust, so not the same


def test_answers_of_one_customer_are_taken_together() -> None:
    rng = np.random.default_rng(0)
    level = rng.integers(3, 8, 40)
    rows = [
        (customer, f"2024-{month:02}-15", level[customer] + (month > 4))
        for customer in range(40)
        for month in range(1, 9)
    ]
    table = pd.DataFrame(rows, columns=["customer_id", "response_date", "score"])
    row = score_trend(table, measure="ces", scale=(0, 10)).table.iloc[0]
    assert row["method"] == "clustered"
    assert row["customers"] == 40
    alone = score_trend(table.assign(customer_id=range(320)), measure="ces", scale=(0, 10))
    # Everybody rises alike: the levels of the customers, which differ, are no noise.
    narrow, wide = (
        each["slope_upper"] - each["slope_lower"] for each in (row, alone.table.iloc[0])
    )
    assert narrow < wide / 2


@pytest.mark.parametrize("months", [2, 12])
def test_size_without_a_trend(months) -> None:
    rng = np.random.default_rng(months)
    runs, n = 200, 100
    table = pd.DataFrame(
        {
            "customer_id": range(runs * n),
            "run": np.repeat(range(runs), n),
            "response_date": [f"2024-{m:02}-15" for m in rng.integers(1, months + 1, runs * n)],
            "score": rng.integers(0, 11, runs * n),
        }
    )
    found = score_trend(table, by="run", correction="none").table
    assert (found["p_value"] < 0.05).mean() == pytest.approx(0.05, abs=0.035)
    assert (
        ((found["slope_lower"] <= 0) & (found["slope_upper"] >= 0))
        .eq(found["direction"] == "none detected")
        .all()
    )
    corrected = score_trend(table, by="run").table
    assert (corrected["direction"] == "none detected").mean() >= 0.99


def test_the_order_of_rows_never_matters() -> None:
    table = monthly([40, 30, 20], [50, 50, 50])
    found, shuffled = (
        score_trend(each, measure="csat").table for each in (table, table.sample(frac=1))
    )
    pd.testing.assert_frame_equal(found, shuffled)


def test_one_period_or_two_answers_are_not_enough() -> None:
    table = monthly([10], [20])
    with pytest.raises(NotEnoughDataError, match="need at least 2 periods with answers, got 1"):
        score_trend(table, measure="csat")
    table = monthly([10, 10], [20, 20]).assign(group=["a"] * 38 + ["b", "b"])
    with pytest.raises(NotEnoughDataError, match="periods with answers of group b"):
        score_trend(table, measure="csat", by="group")
    with pytest.raises(NotEnoughDataError, match="answers, got 2"):
        score_trend(monthly([1, 1], [1, 1]), measure="csat")


def test_answers_all_alike_have_no_trend() -> None:
    row = score_trend(monthly([20, 20], [20, 20]), measure="csat").table.iloc[0]
    assert (row["statistic"], row["p_value"], row["direction"]) == (0, 1, "none detected")
    reach = [score_trend(monthly([n, n], [n, n]), measure="csat").table.iloc[0] for n in (20, 200)]
    assert all(-1 < one["slope_lower"] < 0 < one["slope_upper"] < 1 for one in reach)
    assert reach[1]["slope_upper"] < reach[0]["slope_upper"] / 5


def test_several_questions_are_refused(shop) -> None:
    with pytest.raises(DataError, match="choose one"):
        score_trend(shop.responses)


def test_sentences_say_the_slope_per_period() -> None:
    found = score_trend(monthly([83, 90, 129, 70], [86, 93, 136, 82]), measure="csat")
    assert found.sentence().startswith(
        "Satisfaction falls: -3.3 percentage points per month (95% CI"
    )
    assert found.sentence("zh").startswith("满意率下降：4 期内每月 -3.3 个百分点")
