"""One proportion: published intervals and tests."""

import pytest
from scipy.stats import binomtest

from cemkit.proportions.one_sample import one_proportion_test, proportion_interval


def test_wilson_by_default() -> None:
    found = proportion_interval(81, 263)  # Newcombe 1998a
    assert (found.rate_lower, found.rate_upper) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert found.sentence("zh") == "263 中有 81，比率 30.80%（95% 置信区间 25.53% 至 36.62%）。"


def test_wald_test_of_statsmodels() -> None:
    found = one_proportion_test(5, 83, 0.05, test="wald")
    assert found.statistic == pytest.approx(0.392126026314, rel=1e-10)
    assert found.p_value == pytest.approx(0.694965098115, rel=1e-10)


@pytest.mark.parametrize("alternative", ["two-sided", "greater", "less"])
def test_exact_test_of_scipy(alternative) -> None:
    found = one_proportion_test(5, 83, 0.05, test="exact", alternative=alternative)
    assert found.p_value == binomtest(5, 83, 0.05, alternative=alternative).pvalue
    assert found.statistic is None


def test_score_test_agrees_with_the_wilson_interval() -> None:
    bound = proportion_interval(15, 148).rate_lower
    assert one_proportion_test(15, 148, bound).p_value == pytest.approx(0.05, rel=1e-9)


def test_no_observed_variance_is_no_error() -> None:
    assert one_proportion_test(0, 9, 0.05, test="wald").p_value == 0
    assert one_proportion_test(9, 9, 0.05, test="wald").statistic == float("inf")


def test_sentences_never_claim_equality() -> None:
    found = one_proportion_test(5, 83, 0.05)
    assert found.sentence() == (
        "5 of 83 is 6.02%, 5.00% was expected (p = 0.669): no difference detected."
    )
    assert (
        found.sentence("zh") == "83 中有 5，比率 6.02%，预期为 5.00%（p = 0.669）：未检测到差异。"
    )
    assert "a difference is detected" in one_proportion_test(30, 83, 0.05).sentence()


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="expected_rate must lie strictly between 0 and 1"):
        one_proportion_test(5, 83, 1.0)
    with pytest.raises(ValueError, match="test must be one of 'score'"):
        one_proportion_test(5, 83, 0.1, test="z")
    for test in ("score", "exact"):
        with pytest.raises(ValueError, match="alternative must be one of 'two-sided'"):
            one_proportion_test(5, 83, 0.1, test=test, alternative="larger")
    with pytest.raises(ValueError, match="has 84 successes in 83 trials"):
        proportion_interval(84, 83)
