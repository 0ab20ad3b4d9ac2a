"""Estimates and intervals made of draws."""

import numpy as np
import pytest

from cemkit.impact.effects import effect_from_draws

DRAWS = np.linspace(0, 40, 4001)


def part(shift: float) -> dict[str, np.ndarray]:
    lift = np.append(20.0 + shift, DRAWS + shift)
    return {
        "actual": np.full(4002, 200.0),
        "baseline": 200.0 - lift,
        "lift": lift,
        "dip": np.append(-5.0, DRAWS / 4 - 10),
    }


def test_totals_add_up_and_bounds_are_quantiles() -> None:
    effect = effect_from_draws(
        {"a": part(5.0), "b": part(15.0)}, method="given", scale="additive", confidence_level=0.9
    )
    assert effect.lift_amount == 60
    assert (effect.lift_amount_lower, effect.lift_amount_upper) == pytest.approx((24, 96))
    assert effect.table["lift_amount"].sum() == effect.lift_amount
    assert effect.lift == pytest.approx(60 / 340)
    assert effect.dip == pytest.approx(-10 / 340)
    assert effect.net_amount == 50


def test_the_words_hold_the_numbers() -> None:
    effect = effect_from_draws(
        {"a": part(5.0)}, method="given", scale="additive", confidence_level=0.9
    )
    assert "+14.3% during promotions and by -5 after them" in effect.sentence()
    assert "+14.3%" in effect.sentence("zh")
    assert "draws" not in str(effect)


def test_what_was_not_measured_is_not_said_to_be_certain() -> None:
    unseen = part(5.0) | {"dip": np.zeros(4002)}
    effect = effect_from_draws(
        {"a": unseen}, method="given", scale="additive", confidence_level=0.9
    )
    assert np.isnan([effect.decline_probability, effect.decline_p_value]).all()
    assert np.isnan(effect.pull_forward_share)
    assert (effect.dip_amount, effect.net_amount) == (0, effect.lift_amount)
    assert effect.sentence().endswith("nothing was measured after them.")
    assert effect.sentence("zh").endswith("促销后的变化未测量。")
    both = effect_from_draws(
        {"a": part(5.0), "b": unseen}, method="given", scale="additive", confidence_level=0.9
    )
    assert both.decline_probability == pytest.approx(1, abs=1e-3)
    assert np.isnan(both.table.loc["b", "decline_probability"])


@pytest.mark.parametrize("baseline", [np.zeros(4002), np.append(10.0, DRAWS - 20)])
def test_a_share_of_no_clear_baseline_has_no_meaning(baseline: np.ndarray) -> None:
    given = part(5.0) | {"baseline": baseline}
    effect = effect_from_draws({"a": given}, method="given", scale="additive", confidence_level=0.9)
    assert np.isnan([effect.lift, effect.lift_lower, effect.dip, effect.dip_upper]).all()
    assert effect.lift_amount == 25
    assert "Sales changed by +25 during promotions" in effect.sentence()
