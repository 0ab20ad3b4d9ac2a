"""Two proportions: published values, every small table, sense of the verdict, bad input."""

import numpy as np
import pandas as pd
import pytest

from cemkit import proportion_test
from cemkit.errors import DataError
from cemkit.proportions.comparison import TESTS, proportion_effects


def test_the_source_article() -> None:
    result = proportion_test([143, 192], [1000, 1000], labels=["A", "B"], method="newcombe")
    assert result.rates == (0.143, 0.192)
    assert result.statistic == pytest.approx(2.9341, abs=5e-5)
    assert result.p_value == pytest.approx(0.003345, abs=5e-7)
    assert result.difference == pytest.approx(0.049)
    assert result.difference_lower == pytest.approx(0.0163, abs=5e-5)
    assert result.difference_upper == pytest.approx(0.0817, abs=5e-5)
    assert result.lift == pytest.approx(0.343, abs=5e-4)
    assert result.winner == "B"
    assert proportion_test([200, 150], [1000, 1000], labels=["A", "B"]).winner == "A"


def test_pooled_z_of_statsmodels_in_the_sign_of_second_minus_first() -> None:
    result = proportion_test([5, 12], [83, 99])
    assert result.statistic == pytest.approx(1.4078304151258787, rel=1e-12)
    assert result.p_value == pytest.approx(0.15918129181156992, rel=1e-12)
    assert result.winner is None


def test_physicians_health_study() -> None:
    # Agresti, Categorical Data Analysis
    result = proportion_test([104, 189], [11037, 11034])
    assert result.statistic == pytest.approx(5.00139, abs=5e-6)
    assert result.statistic**2 == pytest.approx(25.0139, abs=5e-5)
    assert result.difference == pytest.approx(0.007706, abs=5e-7)
    assert 1 + result.lift == pytest.approx(1.818, abs=5e-4)


def test_defaults_are_the_score_intervals() -> None:
    result = proportion_test([1, 7], [34, 34])  # R PropCIs
    assert result.difference_lower == pytest.approx(0.0270416, abs=5e-8)
    assert result.difference_upper == pytest.approx(0.3452912, abs=5e-8)
    assert result.lift_lower == pytest.approx(0.220853, abs=5e-7)
    assert result.lift_upper == pytest.approx(41.575718, abs=5e-7)


def test_every_table_up_to_30_is_defined_and_mirrored() -> None:
    cells = np.array([(x, n) for n in range(1, 31) for x in range(n + 1)])
    first, second = np.indices((len(cells), len(cells))).reshape(2, -1)
    (x1, n1), (x2, n2) = cells[first].T, cells[second].T
    found = proportion_effects(x1, n1, x2, n2)
    swapped = proportion_effects(x2, n2, x1, n1)
    undefined = (x1 == 0) & (x2 == 0)
    assert len(found) == 245_025
    assert (found["lift"].isna() == undefined).all()
    assert not found.drop(columns="lift").isna().any(axis=None)
    for column in ("statistic", "difference"):
        np.testing.assert_allclose(swapped[column], -found[column], atol=1e-12)
    np.testing.assert_allclose(swapped["p_value"], found["p_value"], rtol=1e-12)
    np.testing.assert_allclose(
        swapped["difference_upper"], -found["difference_lower"], atol=1e-12, rtol=0
    )


@pytest.mark.parametrize("test", TESTS)
@pytest.mark.parametrize(
    ("successes", "trials"),
    [([0, 0], [5, 7]), ([5, 7], [5, 7]), ([0, 7], [5, 7]), ([0, 3], [1, 9]), ([1, 0], [1, 1])],
)
def test_corners_have_answers(test, successes, trials) -> None:
    result = proportion_test(successes, trials, test=test)
    assert 0 <= result.p_value <= 1
    assert -1 <= result.difference_lower <= result.difference <= result.difference_upper <= 1
    assert (result.lift is None) == (successes == [0, 0])
    if successes[0] / trials[0] == successes[1] / trials[1]:
        assert result.winner is None


def test_interval_and_test_agree_on_what_is_detected() -> None:
    rng = np.random.default_rng(0)
    trials = rng.integers(200, 2000, (2, 500))
    successes = rng.binomial(trials, 0.2)
    found = proportion_effects(successes[0], trials[0], successes[1], trials[1])
    outside = (found["difference_lower"] > 0) | (found["difference_upper"] < 0)
    # The score of no difference is the pooled z; only the factor N / (N - 1) stands between.
    clear = (found["p_value"] - 0.05).abs() > 0.001
    assert ((found["p_value"] < 0.05) == outside)[clear].all()


@pytest.mark.parametrize("alternative", ["greater", "less"])
def test_a_one_sided_alternative_has_one_sided_intervals(alternative) -> None:
    counts = [143, 192], [1000, 1000]
    two = proportion_test(*counts, confidence_level=0.9)
    one = proportion_test(*counts, alternative=alternative)
    if alternative == "greater":
        assert one.difference_lower == pytest.approx(two.difference_lower, rel=1e-12)
        assert one.lift_lower == pytest.approx(two.lift_lower, rel=1e-12)
        assert (one.difference_upper, one.lift_upper) == (1, np.inf)
        assert one.p_value == pytest.approx(two.p_value / 2)
        assert one.winner == "treatment"
    else:
        assert one.difference_upper == pytest.approx(two.difference_upper, rel=1e-12)
        assert one.lift_upper == pytest.approx(two.lift_upper, rel=1e-12)
        assert (one.difference_lower, one.lift_lower) == (-1, -1)
        assert one.p_value == pytest.approx(1 - two.p_value / 2)
        assert one.winner is None


def test_log_p_value_where_the_p_value_is_too_small_for_a_float() -> None:
    result = proportion_test([1_000_000, 2_000_000], [10_000_000, 10_000_000])
    assert result.p_value == 0
    assert -2e5 < result.log_p_value < -1e5


def test_correction_raises_the_level_of_the_intervals() -> None:
    arms = [143] * 5, [1000] * 5, [192, 150, 160, 170, 140], [1000] * 5
    found = proportion_effects(*arms, correction="holm")
    single = proportion_effects(*arms, confidence_level=0.99)
    pd.testing.assert_series_equal(found["difference_lower"], single["difference_lower"])
    assert found["p_value_adjusted"].tolist() == pytest.approx(
        (found["p_value"] * [5, 2, 3, 4, 1]).clip(upper=1).cummax().tolist(), rel=0.9
    )


def test_one_call_and_many_are_the_same() -> None:
    many = proportion_effects([143, 5], [1000, 83], [192, 12], [1000, 99])
    for row, counts in ((0, ([143, 192], [1000, 1000])), (1, ([5, 12], [83, 99]))):
        one = proportion_test(*counts)
        for column in many.columns.drop(["control_rate", "rate"]):
            assert getattr(one, column) == many[column].iloc[row]


def test_sentences() -> None:
    found = proportion_test([143, 192], [1000, 1000], labels=["A", "B"])
    assert found.sentence() == (
        "B converted at 19.20%, A at 14.30%: +4.90 percentage points "
        "(95% CI +1.63 to +8.18, p = 0.00334); B wins."
    )
    assert found.sentence("zh") == (
        "B 的转化率为 19.20%，A 为 14.30%：相差 +4.90 个百分点"
        "（95% 置信区间 +1.63 至 +8.18，p = 0.00334）；B 胜出。"
    )
    level = proportion_test([5, 12], [83, 99], confidence_level=0.999)
    assert "99.9% CI" in level.sentence()
    none = proportion_test([5, 12], [83, 99])
    assert none.sentence().endswith("no difference detected.")
    assert none.sentence("zh").endswith("未检测到差异。")
    with pytest.raises(ValueError, match="language must be one of 'en', 'zh'"):
        none.sentence("fr")


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"successes": [5, 6], "trials": [4, 9]}, ValueError, "'control' has 5 successes in 4"),
        ({"successes": [5], "trials": [9]}, ValueError, "successes must have two values"),
        ({"labels": ["A"]}, ValueError, "labels must have two values"),
        ({"test": "g"}, ValueError, "test must be one of 'z', 'unpooled', 'fisher'"),
        ({"method": "mee"}, ValueError, "method must be one of 'miettinen-nurminen'"),
        ({"lift_method": "wald"}, ValueError, "lift_method must be one of 'koopman', 'katz'"),
        ({"alternative": "larger"}, ValueError, "alternative must be one of"),
        ({"confidence_level": 95}, ValueError, "confidence_level must lie strictly between 0"),
    ],
)
def test_bad_parameters(arguments, error, message) -> None:
    call = {"successes": [1, 2], "trials": [9, 9]} | arguments
    with pytest.raises(error, match=message) as caught:
        proportion_test(**call)
    assert not isinstance(caught.value, DataError)


@pytest.mark.parametrize(
    "counts",
    [([143], [1000], [192, 150], [1000, 1000]), (143, 1000, 192, 1000)],
    ids=["one control", "no lists"],
)
def test_comparisons_are_lists_of_one_length(counts) -> None:
    with pytest.raises(ValueError, match="control and treatment must be lists of one length, not"):
        proportion_effects(*counts)
