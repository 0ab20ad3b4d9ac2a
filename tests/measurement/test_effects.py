"""Estimates and intervals made of draws."""

import numpy as np
import pytest

from cemkit.measurement.effects import effect_from_draws

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
