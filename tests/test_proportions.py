"""proportion_test against Agresti, Newcombe, statsmodels, and the source article."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import proportion_test


def test_the_articles_example() -> None:
    result = proportion_test([143, 192], [1000, 1000], labels=["A", "B"])
    assert result.rates == (0.143, 0.192)
    assert result.statistic == pytest.approx(2.9341, abs=5e-5)
    assert result.p_value == pytest.approx(0.003345, abs=5e-7)
    assert result.difference == pytest.approx(0.049)
    assert (result.difference_lower, result.difference_upper) == pytest.approx(
        (0.0163, 0.0817), abs=5e-5
    )
    assert result.lift == pytest.approx(0.343, abs=5e-4)
    assert result.winner == "B"


def test_the_control_wins_where_it_is_higher() -> None:
    assert proportion_test([200, 150], [1000, 1000], labels=["A", "B"]).winner == "A"


def test_pooled_z_of_statsmodels() -> None:
    result = proportion_test([5, 12], [83, 99])
    assert result.statistic == pytest.approx(1.4078304151258787)
    assert result.p_value == pytest.approx(0.15918129181156992)


def test_physicians_health_study() -> None:
    # Agresti: z 5.00139 for 189/11034 on placebo against 104/11037 on aspirin.
    result = proportion_test([189, 104], [11034, 11037], labels=["placebo", "aspirin"])
    assert result.statistic == pytest.approx(-5.00139, abs=5e-6)
    assert result.difference == pytest.approx(-0.007706, abs=5e-7)
    assert result.winner == "placebo"


@pytest.mark.parametrize(
    ("successes", "trials", "lower", "upper"),
    [((48, 56), (80, 70), 0.0524, 0.3339), ((1, 7), (34, 34), 0.0189, 0.3404)],
)
def test_newcombe_1998_table_2(successes, trials, lower, upper) -> None:
    result = proportion_test(successes, trials)
    assert (result.difference_lower, result.difference_upper) == pytest.approx(
        (lower, upper), abs=5e-5
    )


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_every_table_has_an_answer_that_mirrors(data: st.DataObject) -> None:
    trials = [data.draw(st.integers(1, 40)) for _ in range(2)]
    successes = [data.draw(st.integers(0, n)) for n in trials]
    result = proportion_test(successes, trials)
    mirrored = proportion_test(successes[::-1], trials[::-1])
    assert 0 <= result.p_value <= 1
    assert -1 <= result.difference_lower <= result.difference <= result.difference_upper <= 1
    assert mirrored.statistic == pytest.approx(-result.statistic, abs=1e-12)
    assert mirrored.difference_lower == pytest.approx(-result.difference_upper, abs=1e-12)


def test_zero_cells_have_defined_answers() -> None:
    nobody = proportion_test([0, 0], [50, 70])
    assert (nobody.statistic, nobody.p_value, nobody.winner, nobody.lift) == (0, 1, None, None)
    assert proportion_test([0, 20], [50, 70]).lift == math.inf
    everybody = proportion_test([50, 70], [50, 70])
    assert (everybody.statistic, everybody.lift) == (0, 0)


def test_one_sided_alternatives_share_the_probability() -> None:
    greater, less = (
        proportion_test([143, 192], [1000, 1000], alternative=side).p_value
        for side in ("greater", "less")
    )
    assert greater + less == pytest.approx(1)
    assert greater == pytest.approx(0.003345 / 2, abs=5e-7)


def test_the_sentence_never_claims_equality() -> None:
    result = proportion_test([10, 10], [100, 100])
    assert "no difference detected" in result.sentence()
    assert "未检测到差异" in result.sentence("zh")
    with pytest.raises(ValueError, match="language must be one of 'en', 'zh', not 'fr'"):
        result.sentence("fr")


@pytest.mark.parametrize(
    ("successes", "trials", "error", "message"),
    [
        ([11, 1], [10, 10], ValueError, "'control' has 11 successes in 10 trials; successes are"),
        ([-1, 1], [10, 10], ValueError, "successes must not be negative, not -1"),
        ([1.5, 1], [10, 10], TypeError, "successes must be whole numbers, not 1.5"),
        ([1, 1], [float("nan"), 10], TypeError, "trials must be whole numbers, not nan"),
        ([0, 1], [0, 10], ValueError, "'control' has no trials; leave the arm out"),
        ([1], [10], ValueError, r"successes takes two values, control first, not \[1\]"),
    ],
)
def test_impossible_counts(successes, trials, error, message) -> None:
    with pytest.raises(error, match=message):
        proportion_test(successes, trials)


@pytest.mark.parametrize("level", [0, 1, 95])
def test_a_level_outside(level: float) -> None:
    with pytest.raises(ValueError, match="confidence_level must lie strictly between 0 and 1"):
        proportion_test([1, 2], [10, 10], confidence_level=level)
