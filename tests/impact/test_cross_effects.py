"""Cannibalisation and halo against planted truths and real brands."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, NotEnoughDataError
from cemkit.impact.cross_effects import product_cross_effects
from tests.impact.test_effects_by_series import juice

WEEKS = pd.period_range("2022-01-03", periods=100, freq="W-SUN")
ON_A, ON_B = np.arange(6, 96, 9), np.arange(10, 96, 11)


def calendar(series: str, on: np.ndarray) -> pd.DataFrame:
    days = WEEKS[on].start_time
    ends = days + pd.Timedelta(days=6)
    return pd.DataFrame(
        {"series": series, "name": range(len(on)), "start_date": days, "end_date": ends}
    )


PROMOTIONS = pd.concat([calendar("A", ON_A), calendar("B", ON_B)], ignore_index=True)


def products(seed: int = 0, spread: float = 0.06, common: float = 0.0) -> pd.DataFrame:
    """A's promotions take 25 % from B and bring D 20 %; B's do nothing to others."""
    rng = np.random.default_rng(seed)
    shocks = rng.normal(0, common, (100, 1)) + rng.normal(0, spread, (100, 5))
    sold = 1000 * np.exp(shocks)
    sold[ON_A, 0] *= 2
    sold[ON_B, 1] *= 2
    sold[ON_A, 1] *= 0.75
    sold[ON_A, 3] *= 1.2
    return pd.DataFrame(sold, WEEKS, list("ABCDE"))


def test_what_is_taken_and_brought_is_found_with_its_amount() -> None:
    sales = products()
    found = product_cross_effects(sales, PROMOTIONS)
    table = found.table.set_index(["promoted", "product"])
    assert table.loc[("A", "B"), "finding"] == "cannibalised"
    assert table.loc[("A", "D"), "finding"] == "halo"
    assert table.loc[("A", "B"), "estimate"] == pytest.approx(-0.25, abs=0.06)
    assert (table.loc["B", "finding"] == "not clear").sum() >= 3
    lost = sales.loc[WEEKS[ON_A], "B"].sum() / 0.75 * 0.25
    row = table.loc[("A", "B")]
    assert row["amount_lower"] < -lost < row["amount_upper"]
    totals = found.by_promoted.loc["A"]
    gained = sales.loc[WEEKS[ON_A], "D"].sum() / 1.2 * 0.2
    assert totals["net_amount_lower"] < gained - lost < totals["net_amount_upper"]
    pairs = found.table[found.table["promoted"] == "A"]["amount"]
    assert totals["cannibalised_amount"] == pytest.approx(-pairs[pairs < 0].sum())
    assert totals["net_amount"] == pytest.approx(pairs.sum())
    assert found.net_amount == pytest.approx(found.by_promoted["net_amount"].sum())


def test_sums_over_products_that_move_together_are_wider() -> None:
    def width(common: float) -> float:
        spread = np.sqrt(0.0064 - common**2)
        one = product_cross_effects(products(1, spread, common), PROMOTIONS).by_promoted.loc["A"]
        return float(one["net_amount_upper"] - one["net_amount_lower"])

    assert width(0.07) > 1.3 * width(0.0)


@pytest.mark.exhaustive
def test_intervals_of_a_pair_cover_what_was_planted() -> None:
    covered = []
    for seed in range(15):
        found = product_cross_effects(products(seed), PROMOTIONS, seasonal_period=1)
        row = found.table.set_index(["promoted", "product"]).loc[("A", "B")]
        covered.append(row["lower"] <= -0.25 <= row["upper"])
    assert np.mean(covered) >= 0.8  # three standard errors


def test_promotions_always_together_are_not_told_apart() -> None:
    both = pd.concat([calendar("A", ON_A), calendar("B", ON_A)])
    found = product_cross_effects(products(), both).table.set_index(["promoted", "product"])
    assert np.isnan(found.loc[("B", "A"), "estimate"])
    assert np.isnan(found.loc[("A", "B"), "estimate"])


def test_bad_input_is_refused() -> None:
    sales = products()
    with pytest.raises(NotEnoughDataError, match="products in sales"):
        product_cross_effects(sales[["A"]], calendar("A", ON_A))
    with pytest.raises(DataError, match="'Z', which is not a column"):
        product_cross_effects(sales, calendar("Z", ON_A))
    wide = pd.DataFrame({f"p{i}": sales["C"] for i in range(30)})
    many = pd.concat([calendar(name, ON_A) for name in wide])
    with pytest.raises(NotEnoughDataError, match="take those that may replace each other"):
        product_cross_effects(wide, many)


@pytest.mark.exhaustive
def test_juice_brands_take_from_each_other(reference_data) -> None:
    found = product_cross_effects(*juice(reference_data))
    assert found.pairs == 110
    assert found.net_amount_upper < 0
    assert found.cannibalised > 10 > found.halo
