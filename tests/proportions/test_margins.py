"""No worse and the same: the claim is shown exactly where the interval lies inside."""

import pytest

from cemkit.proportions.margins import equivalence_test, noninferiority_test


@pytest.mark.parametrize("second", [120, 130, 140, 150, 160])
def test_the_claim_is_shown_where_the_interval_lies_inside(second) -> None:
    counts = [150, second], [1000, 1000]
    allowed = 0.03
    no_worse = noninferiority_test(*counts, allowed_difference=allowed)
    same = equivalence_test(*counts, allowed_difference=allowed)
    assert no_worse.shown == (no_worse.difference_lower > -allowed)
    assert same.shown == (same.difference_lower > -allowed and same.difference_upper < allowed)
    assert no_worse.p_value <= same.p_value


def test_at_a_bound_the_p_value_is_alpha() -> None:
    bound = noninferiority_test([150, 140], [1000, 900], allowed_difference=0.5).difference_lower
    at_bound = noninferiority_test([150, 140], [1000, 900], allowed_difference=-bound)
    assert at_bound.p_value == pytest.approx(0.05, rel=1e-8)


def test_score_z_by_hand() -> None:
    # 15 / 100 against 15 / 100 with 0.1 allowed: by symmetry about nothing simple, so the
    # restricted likelihood is maximised on a grid.
    import numpy as np

    p1 = np.linspace(0.1000001, 0.9, 2_000_001)
    p2 = p1 - 0.1
    log_likelihood = 15 * np.log(p1 * p2) + 85 * np.log((1 - p1) * (1 - p2))
    best = int(log_likelihood.argmax())
    variance = (p1[best] * (1 - p1[best]) + p2[best] * (1 - p2[best])) / 100 * 200 / 199
    found = noninferiority_test([15, 15], [100, 100], allowed_difference=0.1)
    assert found.statistic == pytest.approx(0.1 / np.sqrt(variance), rel=1e-6)


def test_sentences() -> None:
    shown = equivalence_test([150, 150], [9000, 9000], ["A", "B"], allowed_difference=0.01)
    assert shown.sentence().startswith(
        "B is shown to be equivalent to A within 1.00 percentage points (p = "
    )
    assert shown.sentence("zh").startswith("已证实 B 等效于 A")
    not_shown = noninferiority_test([15, 9], [90, 90], ["A", "B"], allowed_difference=0.01)
    assert "B is not shown to be non-inferior to A" in not_shown.sentence()
    assert not_shown.sentence("zh").startswith("未能证实 B 不劣于 A")


def test_bad_input() -> None:
    with pytest.raises(ValueError, match="allowed_difference must lie strictly between 0 and 1"):
        equivalence_test([1, 2], [9, 9], allowed_difference=0)
    with pytest.raises(ValueError, match="trials must have two values"):
        noninferiority_test([1, 2], [9, 9, 9], allowed_difference=0.1)
    with pytest.raises(ValueError, match="labels must have two values"):
        noninferiority_test([1, 2], [9, 9], ["A"], allowed_difference=0.1)


def test_a_level_of_one_half_or_less_is_refused() -> None:
    with pytest.raises(ValueError, match="confidence_level must be above 0.5, not 0.05"):
        noninferiority_test([1, 2], [9, 9], allowed_difference=0.1, confidence_level=0.05)
