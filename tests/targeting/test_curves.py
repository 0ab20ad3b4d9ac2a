"""Uplift curve and Qini: scikit-uplift's reference, invariance, and the level of the test."""

import re

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st

from cemkit import qini_score, uplift_curve
from cemkit.errors import DataError, NotEnoughDataError

SCORE = [0, 0.1, 0.2, 0.3, 0.4] * 2
OUTCOME = [0, 0, 0, 0, 1, 0, 0, 1, 1, 1]
TREATED = [0] * 5 + [1] * 5


def experiment(seed: int, n: int = 400) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """A score, an outcome and a treatment that have nothing to do with one another."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=n), rng.exponential(size=n), rng.integers(0, 2, n)


def test_qini_is_that_of_scikit_uplift() -> None:
    # qini_auc_score(y, uplift, treatment) of scikit-uplift.
    assert qini_score(SCORE, OUTCOME, TREATED, n_resamples=9).qini == pytest.approx(
        0.1333333, abs=1e-7
    )


def test_the_order_that_knows_the_outcomes_scores_one_and_its_opposite_less_than_zero() -> None:
    outcome, treated = np.array(OUTCOME), np.array(TREATED)
    known = np.where(treated == 1, outcome, -outcome)
    assert qini_score(known, outcome, treated, n_resamples=9).qini == pytest.approx(1)
    assert qini_score(-known, outcome, treated, n_resamples=9).qini < 0


def test_a_score_that_tells_nobody_apart_scores_zero() -> None:
    assert qini_score([1.0] * 10, OUTCOME, TREATED, n_resamples=9).qini == pytest.approx(0)


def test_neither_the_order_of_rows_nor_that_of_ties_matters() -> None:
    rng = np.random.default_rng(5)
    score, outcome, treated = experiment(5)
    score = score.round()
    order = rng.permutation(len(score))
    one = qini_score(score, outcome, treated, n_resamples=50)
    other = qini_score(score[order], outcome[order], treated[order], n_resamples=50)
    for name, value in one.to_dict().items():
        assert getattr(other, name) == pytest.approx(value, rel=1e-9), name
    curves = (
        uplift_curve(score, outcome, treated, n_resamples=20).table,
        uplift_curve(score[order], outcome[order], treated[order], n_resamples=20).table,
    )
    pd.testing.assert_frame_equal(*curves)


def test_the_curve_ends_at_the_difference_of_means() -> None:
    score, outcome, treated = experiment(6)
    curve = uplift_curve(score, outcome, treated, n_resamples=20)
    effect = outcome[treated == 1].mean() - outcome[treated == 0].mean()
    assert curve.average_uplift == pytest.approx(effect)
    assert curve.table["incremental"].iloc[[0, -1]].tolist() == pytest.approx([0, effect])
    assert curve.table["random"].iloc[50] == pytest.approx(effect / 2)


def test_the_curve_by_hand() -> None:
    # Best half: 1 of 1 treated, 0 of 1 other -> (1 - 0 * 1 / 1) / 2 treated.
    curve = uplift_curve([2, 1, 2, 1], [1, 0, 0, 1], [1, 1, 0, 0], n_resamples=5)
    assert curve.table["incremental"].iloc[[0, 25, 50, 100]].tolist() == pytest.approx(
        [0, 0.25, 0.5, 0]
    )


def test_on_shuffled_data_the_test_rejects_at_its_rate() -> None:
    p_values = np.array(
        [qini_score(*experiment(seed, n=60), n_resamples=99).p_value for seed in range(300)]
    )
    rejected = (p_values <= 0.1).sum()
    assert 14 <= rejected <= 48  # 30 expected; beyond 3 standard deviations of a binomial


@pytest.mark.parametrize("seed", range(5))
def test_scores_that_customers_taught_each_other_need_more_evidence(seed: int) -> None:
    # Without a true order the variance is double: every pair of customers counts twice.
    given = experiment(seed)
    plain, cross = (
        qini_score(*given, cross_fitted=flag, n_resamples=199) for flag in (False, True)
    )
    assert cross.qini == plain.qini
    assert cross.p_value >= plain.p_value


def test_the_same_order_may_be_told_from_chance_only_where_scores_come_from_elsewhere() -> None:
    rng = np.random.default_rng(8)
    n = 400
    effect, treated = rng.normal(size=n), rng.integers(0, 2, n)
    outcome = 0.3 * effect * treated + rng.normal(size=n)
    plain, cross = (
        qini_score(effect, outcome, treated, cross_fitted=flag, n_resamples=499)
        for flag in (False, True)
    )
    assert plain.p_value < 0.05 <= cross.p_value
    assert (plain.place, cross.place) == (1, 0)


def test_a_real_ranking_is_told_from_a_random_one() -> None:
    rng = np.random.default_rng(7)
    effect = rng.normal(size=2000)
    treated = rng.integers(0, 2, 2000)
    outcome = rng.normal(size=2000) + treated * effect
    score = qini_score(effect, outcome, treated, n_resamples=99)
    assert score.p_value == pytest.approx(0.02)  # 2 * 1 of 100
    assert 0 < score.qini_lower < score.qini < score.qini_upper
    assert "better than a random order" in score.sentence()
    assert "优于随机排序" in score.sentence("zh")


def test_series_are_matched_by_id() -> None:
    ids = list("abcdefghij")
    score, outcome = pd.Series(SCORE, ids), pd.Series(OUTCOME, ids)
    treated = pd.Series(TREATED, ids).iloc[::-1]
    assert qini_score(score, outcome, treated, n_resamples=9).qini == pytest.approx(
        0.1333333, abs=1e-7
    )
    with pytest.raises(DataError, match="uplift and outcome must hold the same ids"):
        qini_score(score, outcome.rename({"a": "z"}), treated)


def test_scores_without_ids_are_not_matched_with_outcomes_and_treatments_in_two_orders() -> None:
    ids = list("abcdefghij")
    outcome, treated = pd.Series(OUTCOME, ids), pd.Series(TREATED, ids)
    same = qini_score(SCORE, outcome, treated, n_resamples=9)
    assert same.qini == pytest.approx(0.1333333, abs=1e-7)
    for other in (treated.iloc[::-1], treated.rename({"a": "z"})):
        with pytest.raises(DataError, match="give uplift as a Series by customer_id"):
            qini_score(SCORE, outcome, other)


def test_without_customers_there_is_no_curve() -> None:
    with pytest.raises(NotEnoughDataError, match="need at least 1 untreated customer, got 0"):
        uplift_curve([], [], [])


@pytest.mark.parametrize(
    ("outcome", "treated", "error", "message"),
    [
        (OUTCOME, [1] * 10, NotEnoughDataError, "need at least 1 untreated customer, got 0"),
        (OUTCOME, [0] * 10, NotEnoughDataError, "need at least 1 treated customer, got 0"),
        (OUTCOME, [2] * 10, DataError, "treatment must be 0 or 1, not 2"),
        ([0] * 10, TREATED, DataError, "the perfect order of these outcomes is no better"),
        (OUTCOME[:9], TREATED, DataError, "uplift has 10 values but outcome has 9"),
        ([np.nan, *OUTCOME[1:]], TREATED, DataError, "outcome has 1 missing"),
    ],
)
def test_bad_input_is_refused(
    outcome: list, treated: list, error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        qini_score(SCORE, outcome, treated)


cases = given(
    st.integers(0, 2**32 - 1),
    st.integers(4, 120),
    st.sampled_from([-1.0, -0.3, 0.0, 0.3, 1.0]),
    st.sampled_from([9, 39, 99]),
    st.sampled_from([0.5, 0.9, 0.95]),
    st.sampled_from([0, 1, 6]),
)


@settings(max_examples=40, deadline=None)
@cases
def test_test_interval_and_words_agree_and_the_interval_holds_the_score(
    seed: int, n: int, effect: float, resamples: int, level: float, digits: int
) -> None:
    check_agreement(seed, n, effect, resamples, level, digits)


@pytest.mark.exhaustive
@settings(max_examples=1500, deadline=None)
@cases
def test_they_agree_a_thousand_times(
    seed: int, n: int, effect: float, resamples: int, level: float, digits: int
) -> None:
    check_agreement(seed, n, effect, resamples, level, digits)


def check_agreement(
    seed: int, n: int, effect: float, resamples: int, level: float, digits: int
) -> None:
    rng = np.random.default_rng(seed)
    score, treated = rng.normal(size=n).round(digits), rng.integers(0, 2, n)
    treated[:2] = [0, 1]
    outcome = np.abs(rng.exponential(size=n) + effect * treated * score)
    options = {"n_resamples": resamples, "confidence_level": level, "random_state": seed}
    try:
        found = qini_score(score, outcome, treated, **options)
    except DataError as refusal:  # one treated customer among a few can gain less than all others
        if n >= 30 or "no better than random" not in str(refusal):
            raise
        reject()
    assert found.qini_lower <= found.qini <= found.qini_upper
    words, chinese = found.sentence(), found.sentence("zh")
    low, high = map(float, re.findall(r"CI (\S+) to (\S+),", words)[0])
    apart = found.qini_lower > 0 or found.qini_upper < 0
    assert apart == (found.p_value < 1 - level) == (found.p_value < round(1 - level, 9))
    assert apart == (low > 0 or high < 0) == ("not distinguishable" not in words)
    assert ("better than" in words) == (found.qini_lower > 0) == ("优于" in chinese)
    assert ("worse than" in words) == (found.qini_upper < 0) == ("劣于" in chinese)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(4, 60), st.sampled_from([0.05, 0.9]))
def test_the_bounds_of_the_curve_hold_it(seed: int, n: int, level: float) -> None:
    rng = np.random.default_rng(seed)
    treated = np.r_[0, 1, rng.integers(0, 2, n - 2)]
    table = uplift_curve(
        rng.normal(size=n).round(1), rng.poisson(1, n) / 4, treated, n_resamples=9,
        confidence_level=level,
    ).table  # fmt: skip
    assert (table["incremental_lower"] <= table["incremental"]).all()
    assert (table["incremental"] <= table["incremental_upper"]).all()


def test_labels_of_outcome_and_treatment_are_named() -> None:
    answers, arms = np.where(OUTCOME, "buys", "no"), np.where(TREATED, "a letter", "nothing")
    words = {"positive": "buys", "treated": "a letter"}
    assert qini_score(SCORE, answers, arms, n_resamples=9, **words).qini == pytest.approx(0.1333333)
    curve = uplift_curve(SCORE, answers, arms, n_resamples=9, **words)
    assert curve.average_uplift == pytest.approx(0.4)  # 3 of 5 against 1 of 5
    with pytest.raises(DataError, match="outcome must be numeric, .* as in positive='yes'"):
        qini_score(SCORE, answers, TREATED)
    with pytest.raises(DataError, match="treatment must be 0 or 1, not 'nothing'"):
        qini_score(SCORE, OUTCOME, arms)


@pytest.mark.parametrize("dtype", ["float64", "Int64", "object", "str"])
def test_every_type_of_id_and_every_order_gives_the_same_curve(dtype: str) -> None:
    score, outcome, treated = (pd.Series(values) for values in experiment(8, n=60))
    expected = uplift_curve(score, outcome, treated, n_resamples=5).table
    typed = outcome.set_axis(outcome.index.astype(dtype)).sample(frac=1, random_state=0)
    if dtype == "str":
        with pytest.raises(DataError, match="holds numbers in uplift and text in outcome"):
            uplift_curve(score, typed, treated)
    else:
        found = uplift_curve(score, typed, treated, n_resamples=5).table
        pd.testing.assert_frame_equal(found, expected)


def test_the_curve_says_what_the_best_half_and_a_random_half_bring() -> None:
    curve = uplift_curve([2, 1, 2, 1], [1, 0, 0, 0], [1, 1, 0, 0], n_resamples=99)
    half = curve.table.iloc[50]
    assert half[["incremental", "random"]].tolist() == [0.5, 0.25]
    english, chinese = curve.sentence(), curve.sentence("zh")
    assert english.startswith("Treating everyone adds 0.5 per customer; treating only the half")
    assert "a random half 0.25" in english.replace("0.250", "0.25")
    assert "只触达增益评分最高的一半" in chinese
