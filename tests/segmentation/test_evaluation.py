"""Effect sizes against scipy, statsmodels' F, and counts of pairs by hand."""

import itertools

import numpy as np
import pandas as pd
import polars as pl
import pytest
from scipy.stats import f_oneway, kruskal, t

from cemkit import RFMSegmenter, customer_table, evaluate_segments, load_cdnow, prepare_orders
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.segmentation import future_amount

RNG = np.random.default_rng(3)
SEGMENTS = pd.Series(RNG.choice(["low", "middle", "high"], 120), name="segment")
OUTCOME = SEGMENTS.map({"low": 0.0, "middle": 1.0, "high": 3.0}) + RNG.normal(size=120)
OUTCOME = OUTCOME.round(1)  # after the addition, so that equal outcomes are equal to the last bit


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return prepare_orders(load_cdnow())


def test_effect_sizes_agree_with_scipy() -> None:
    result = evaluate_segments(SEGMENTS, OUTCOME)
    parts = [OUTCOME[name == SEGMENTS] for name in SEGMENTS.unique()]
    f = f_oneway(*parts).statistic
    eta = 2 * f / (2 * f + 117)
    assert result.variance_explained == pytest.approx(eta)
    assert result.variance_explained_adjusted == pytest.approx(1 - (1 - eta) * 119 / 117)
    assert result.effect_size == pytest.approx(np.sqrt(eta / (1 - eta)))
    h, p = kruskal(*parts)
    assert result.rank_effect_size == pytest.approx(h / 119)
    assert result.p_value == pytest.approx(p)


def test_separation_counts_pairs() -> None:
    result = evaluate_segments(SEGMENTS, OUTCOME)
    means = OUTCOME.groupby(SEGMENTS).mean()
    wins = pairs = 0.0
    for one, other in itertools.combinations(SEGMENTS.index, 2):
        if SEGMENTS[one] == SEGMENTS[other]:
            continue
        better, worse = sorted((one, other), key=lambda at: means[SEGMENTS[at]], reverse=True)
        wins += (
            1.0 if OUTCOME[better] > OUTCOME[worse] else 0.5 * (OUTCOME[better] == OUTCOME[worse])
        )
        pairs += 1
    assert result.separation == pytest.approx(wins / pairs)


def test_of_equal_means_neither_segment_is_the_better() -> None:
    segments = pd.Series(list("aaabbb"))
    outcome = pd.Series([0.0, 0.0, 15.0, 5.0, 5.0, 5.0])
    for order in (segments.index, segments.index[::-1]):
        assert evaluate_segments(segments[order], outcome[order]).separation == 0.5


@pytest.mark.parametrize("seed", range(20))
def test_segments_with_equal_outcomes_have_no_effect(seed: int) -> None:
    rng = np.random.default_rng(seed)
    values = rng.choice([0.1, 0.2, 0.3, 0.7], 9)
    result = evaluate_segments(
        pd.Series(["a"] * 10 + ["b"] * 10),
        pd.Series([0.4, *values, *rng.permutation(values), 0.4]),
    )
    assert result.variance_explained == pytest.approx(0, abs=1e-12)
    assert result.effect_size == pytest.approx(0, abs=1e-6)


def test_the_table_by_segment() -> None:
    table = evaluate_segments(SEGMENTS, OUTCOME, confidence_level=0.9).table
    assert table.index.tolist() == ["high", "middle", "low"]
    assert table["customers"].sum() == 120
    assert table[["share", "outcome_share"]].sum().tolist() == pytest.approx([1, 1])
    part = OUTCOME[SEGMENTS == "high"]
    lower, upper = t.interval(0.9, len(part) - 1, part.mean(), part.sem())
    assert table.loc["high", ["lower", "upper"]].tolist() == pytest.approx([lower, upper])
    assert table.loc["high", "lift"] == pytest.approx(part.mean() / OUTCOME.mean())


def test_a_segmentation_that_says_nothing_explains_nothing() -> None:
    adjusted = [
        evaluate_segments(
            pd.Series(np.random.default_rng(seed).integers(0, 5, 300)),
            pd.Series(np.random.default_rng(seed + 999).normal(size=300)),
        ).variance_explained_adjusted
        for seed in range(40)
    ]
    assert abs(np.mean(adjusted)) < 0.005


def test_stability_and_row_order() -> None:
    later = SEGMENTS.sample(frac=1, random_state=1)
    result = evaluate_segments(SEGMENTS, OUTCOME.sample(frac=1, random_state=2), later)
    assert (result.stability, result.stayed_rate) == (1.0, 1.0)
    assert result.variance_explained == pytest.approx(
        evaluate_segments(SEGMENTS, OUTCOME).variance_explained
    )
    assert evaluate_segments(SEGMENTS, OUTCOME).stability is None


def test_rfm_segments_of_cdnow_tell_later_spending(orders: pd.DataFrame) -> None:
    customers = customer_table(orders, as_of="1997-09-30")
    segments = RFMSegmenter().fit(customers).predict(customers)
    result = evaluate_segments(segments, future_amount(orders, "1997-09-30", 182))
    assert result.table.index[0] == "Champions"
    assert result.table.loc["Champions", "lift"] > 3
    assert "Champions" in result.sentence()
    assert "冠军客户" in result.sentence("zh")


def test_later_amount_is_net_within_the_window_and_0_for_the_rest(orders: pd.DataFrame) -> None:
    amounts = future_amount(orders, "1997-09-30", 182)
    assert amounts.name == "future_amount"
    assert len(amounts) == 23570
    within = orders[orders["order_date"].between("1997-10-01", "1998-03-31")]
    assert amounts.sum() == pytest.approx(within["amount"].sum())
    assert (amounts > 0).mean() == pytest.approx(1 - 0.7419, abs=0.002)  # nearly the churn rate
    columns = ["customer_id", "order_date", "amount"]
    pd.testing.assert_series_equal(
        future_amount(pl.from_pandas(orders[columns]), "1997-09-30", 182), amounts
    )


def test_bad_input(orders: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="the window ends on 1998-07-01, after the last order"):
        future_amount(orders, "1998-06-01", 30)
    with pytest.raises(DataError, match="as_of=1996-01-01 lies before the first order"):
        future_amount(orders, "1996-01-01", 30)
    with pytest.raises(DataError, match="the outcome is 1 for every customer"):
        evaluate_segments(SEGMENTS, OUTCOME * 0 + 1)
    with pytest.raises(NotEnoughDataError, match="need at least 2 segments, got 1"):
        evaluate_segments(SEGMENTS.map(lambda _: "all"), OUTCOME)
    with pytest.raises(NotEnoughDataError, match="need at least 3 customers, got 2"):
        evaluate_segments(pd.Series(["a", "b"]), pd.Series([1.0, 2.0]))
    with pytest.raises(DataError, match="must hold the same ids"):
        evaluate_segments(SEGMENTS, OUTCOME.iloc[1:])
    with pytest.raises(DataError, match="outcome has 1 missing"):
        evaluate_segments(SEGMENTS, OUTCOME.mask(OUTCOME.index == 3))
    with pytest.raises(DataError, match="segments has 1 customer without a label"):
        evaluate_segments(SEGMENTS.mask(SEGMENTS.index == 3), OUTCOME)
    with pytest.raises(TypeError, match="segments must be a Series of labels indexed by"):
        evaluate_segments(SEGMENTS.to_numpy(), OUTCOME)
    with pytest.raises(TypeError, match="outcome must be a Series of numbers, not ndarray"):
        evaluate_segments(SEGMENTS, OUTCOME.to_numpy())
    with pytest.raises(DataError, match="segments has 1 repeated id"):
        evaluate_segments(SEGMENTS.iloc[[0, *range(120)]], OUTCOME)
    with pytest.raises(DataError, match="later_segments has 1 customer without a label"):
        evaluate_segments(SEGMENTS, OUTCOME, SEGMENTS.mask(SEGMENTS.index == 3))
    with pytest.raises(DataError, match="later_segments has 1 repeated id, such as 0"):
        evaluate_segments(SEGMENTS, OUTCOME, SEGMENTS.iloc[[0, *range(120)]])
    with pytest.raises(
        NotEnoughDataError, match="need at least 1 customer in segments and later_segments, got 0"
    ):
        evaluate_segments(SEGMENTS, OUTCOME, SEGMENTS.set_axis(SEGMENTS.index + 999))


def test_outcomes_that_differ_by_rounding_are_ties() -> None:
    """Outcomes .6 (as sums) of "a" and .6, .6, .7 of "b": of six pairs five are ties."""
    segments = pd.Series([*"aabbb"])
    outcome = pd.Series([0.1 + 0.2 + 0.3, 0.6, 0.3 + 0.2 + 0.1, 0.6, 0.7])
    result = evaluate_segments(segments, outcome)
    exact = evaluate_segments(segments, pd.Series([6.0, 6.0, 6.0, 6.0, 7.0]))
    assert result.separation == exact.separation == pytest.approx((4 * 0.5 + 2) / 6)
    assert result.p_value == pytest.approx(exact.p_value)
    with pytest.raises(DataError, match="the outcome is 0.6 for every customer"):
        evaluate_segments(segments, outcome.replace(0.7, 0.6))


def test_tables_are_matched_by_id_and_the_rest_is_counted() -> None:
    segments = pd.Series([*"aabb"], index=[1.0, 2.0, 3.0, 4.0])
    outcome = pd.Series([9.0, 1.0, 2.0, 8.0], index=["4", "1", "2", "3.0"])
    numbers = outcome.set_axis([4, 1, 2, 3])
    later = pd.Series([*"bbac"], index=[4, 3, 2, 7])
    result = evaluate_segments(segments, numbers, later)
    assert result.table["mean_outcome"].to_dict() == {"b": 8.5, "a": 1.5}
    assert (result.stayed_rate, result.only_before, result.only_later) == (1.0, 1, 1)
    text = segments.set_axis(["1", " 2", "3.0", "4"])
    assert evaluate_segments(text, outcome).table.equals(result.table)
    with pytest.raises(DataError, match="numbers in segments and text in outcome"):
        evaluate_segments(segments, outcome)
    with pytest.raises(DataError, match="numbers in segments and text in later_segments"):
        evaluate_segments(segments, numbers, later.set_axis([*"4327"]))


def test_there_is_no_share_of_a_loss() -> None:
    result = evaluate_segments(pd.Series([*"aab"]), pd.Series([-9.0, -1.0, 2.0]))
    assert result.table[["lift", "outcome_share"]].isna().all(axis=None)
    assert "no share of it" in result.sentence()
    assert "不计占比" in result.sentence("zh")
