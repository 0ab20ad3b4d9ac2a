"""nps, csat, ces: tables by group and period, against pandas, in any row order."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import CemkitWarning
from cemkit.feedback import ces, csat, nps
from cemkit.feedback.intervals import adjusted_wald_bounds, tango_bounds
from cemkit.proportions import proportion_interval
from cemkit.proportions.intervals import critical_value


def responses(n=4000) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, 10**6, n),
            "response_date": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(rng.integers(0, 90, n), "D"),
            "touchpoint": rng.choice(["delivery", "售后", "product"], n),
            "channel": rng.choice(["web", "app"], n),
            "score": rng.integers(0, 11, n),
        }
    )


TABLE = responses().drop_duplicates("customer_id")


def test_the_table_has_the_counts_of_pandas() -> None:
    found = nps(TABLE, by=["touchpoint", "channel"], period="month").table
    expected = (
        TABLE.assign(
            period=TABLE["response_date"].dt.to_period("M"),
            promoters=TABLE["score"] >= 9,
            detractors=TABLE["score"] <= 6,
        )
        .groupby(["touchpoint", "channel", "period"])
        .agg(
            n=("score", "size"),
            promoters=("promoters", "sum"),
            detractors=("detractors", "sum"),
            mean_score=("score", "mean"),
        )
        .reset_index()
    )
    columns = ["touchpoint", "channel", "period", "n", "promoters", "detractors"]
    pd.testing.assert_frame_equal(found[columns], expected[columns], check_dtype=False)
    assert found["mean_score"].to_numpy() == pytest.approx(expected["mean_score"].to_numpy())
    assert (found["promoters"] + found["passives"] + found["detractors"] == found["n"]).all()
    value = (expected["promoters"] - expected["detractors"]) / expected["n"]
    assert found["value"].to_numpy() == pytest.approx(value.to_numpy())


def test_columns_come_in_their_order() -> None:
    shared = ["value", "lower", "upper", "mean_score", "effective_n"]
    classes = ["n", "promoters", "passives", "detractors"]
    assert list(nps(TABLE, by="channel").table) == ["channel", *classes, *shared]
    assert list(csat([5, 1]).table) == ["n", "top", "rest", *shared]
    assert list(ces([5, 1]).table) == ["n", *shared]
    assert nps(TABLE, by="channel", period="month").split == ["channel", "period"]


@pytest.mark.parametrize("method", ["score", "adjusted-wald", "wald"])
def test_the_interval_is_that_of_the_method(method) -> None:
    found = nps(TABLE, method=method, confidence_level=0.9).table.iloc[0]
    cell = [np.array([float(found[name])]) for name in ("promoters", "detractors", "n")]
    critical = np.asarray(critical_value(0.9))
    lower, upper = {
        "score": lambda: tango_bounds(*cell, critical),
        "adjusted-wald": lambda: adjusted_wald_bounds(*cell, critical),
        "wald": lambda: adjusted_wald_bounds(*cell, critical, added=0.0),
    }[method]()
    assert (found["lower"], found["upper"]) == pytest.approx((lower[0], upper[0]))


def test_satisfaction_has_wilsons_interval() -> None:
    found = csat([5] * 30 + [4] * 10 + [3] * 10).table.iloc[0]
    wilson = proportion_interval(40, 50)
    assert (found["value"], found["lower"], found["upper"]) == pytest.approx(
        (wilson.rate, wilson.rate_lower, wilson.rate_upper)
    )


@pytest.mark.parametrize("options", [{}, {"by": "touchpoint"}, {"repeats": "all"}])
def test_the_order_of_rows_never_matters(options) -> None:
    table = responses()
    table["customer_id"] %= 500  # who answer several times
    table["order_id"] = range(len(table))
    for seed in range(3):
        shuffled = table.sample(frac=1, random_state=seed)
        found = nps(shuffled, period="month", **options)
        pd.testing.assert_frame_equal(
            found.table, nps(table, period="month", **options).table, rtol=1e-12
        )


def test_no_input_is_changed() -> None:
    before = TABLE.copy()
    nps(TABLE, by="touchpoint", period="week")
    pd.testing.assert_frame_equal(TABLE, before)


@pytest.mark.parametrize("kind", ["category", "string", "string[pyarrow]"])
def test_groups_of_every_type_are_alike(kind) -> None:
    found = nps(TABLE.astype({"touchpoint": kind}), by="touchpoint").table
    expected = nps(TABLE, by="touchpoint").table
    pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_few_answers_are_warned_of_where_there_are_groups() -> None:
    table = TABLE.head(12).assign(group=["a"] * 11 + ["b"])
    with pytest.warns(CemkitWarning, match="1 of 2 groups has fewer than 10 answers"):
        found = nps(table, by="group")
    (best, high), (worst, low) = found.extremes()
    assert best == worst == "group a"  # nothing is said of the other
    assert high["n"] == low["n"] == 11
    nps(pd.Series([9, 10, 3]))


def test_scores_without_a_customer_are_one_each() -> None:
    assert nps([10, 10, 3]).customers == 3
    assert nps(np.array([10, 10, 3])).table["value"].item() == pytest.approx(1 / 3)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"method": "bootstrap"}, "method must be one of 'score'"),
        ({"repeats": "first"}, "repeats must be one of 'last', 'all'"),
        ({"confidence_level": 95}, "strictly between 0 and 1"),
    ],
)
def test_parameters_that_are_none_are_refused(arguments, message) -> None:
    with pytest.raises(ValueError, match=message):
        nps(TABLE, **arguments)


def test_sentences_speak_of_points_percentages_and_the_scale() -> None:
    score = nps([10] * 5 + [8] * 3 + [2] * 2)
    assert score.sentence() == (
        "NPS is +30.0 points (95% CI -21.7 to +67.5), from 10 answers by 10 customers on a scale "
        "of 0 to 10."
    )
    assert score.sentence("zh").startswith("净推荐值为 +30.0 分（95% 置信区间 -21.7 至 +67.5）")
    assert csat([5, 4, 2, 5]).sentence().startswith("Satisfaction is 75.0% (95% CI 30.1% to 95.4%)")
    assert ces([5, 4, 2, 5]).sentence().startswith("The mean effort score is 4.00 (95% CI ")
