"""Elasticities against planted ones and weighted least squares."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.impact.elasticity import promotion_elasticity

WEEKS = pd.period_range("2022-01-03", periods=100, freq="W-SUN")
ON = np.array([8, 16, 24, 32, 40, 48, 60, 72, 84])
DEPTH = np.array([0.1, 0.2, 0.3] * 3)
DAYS = WEEKS[ON].start_time
ENDS = DAYS + pd.Timedelta(days=6)
SIZED = pd.DataFrame({"name": range(9), "start_date": DAYS, "end_date": ENDS, "size": DEPTH})


def sales(effects: np.ndarray, seed: int = 0, spread: float = 0.05) -> pd.Series:
    sold = np.exp(5 + np.random.default_rng(seed).normal(0, spread, 100))
    sold[ON] *= np.exp(effects)
    return pd.Series(sold, WEEKS)


def test_one_elasticity_is_found_and_not_contradicted() -> None:
    found = promotion_elasticity(sales(-3 * np.log1p(-DEPTH)), SIZED, after=0)
    assert found.elasticity_lower < -3 < found.elasticity_upper
    assert found.elasticity == pytest.approx(-3, abs=0.3)
    assert found.p_value > 0.05
    assert found.table["depth"].tolist() == pytest.approx([0.1, 0.2, 0.3])
    assert found.table["promotions"].tolist() == [3, 3, 3]
    truth = (1 - found.table["depth"]) ** -3 - 1
    assert ((found.table["lift_lower"] < truth) & (truth < found.table["lift_upper"])).all()
    assert found.table["elasticity_lift"].to_numpy() == pytest.approx(
        (1 - found.table["depth"].to_numpy()) ** found.elasticity - 1
    )


def test_effects_that_are_no_line_are_said_to_be_none() -> None:
    """20 % sells no more than 10 %, as where only the sign at the shelf counts."""
    found = promotion_elasticity(sales(np.where(DEPTH > 0.25, 1.2, 0.3)), SIZED, after=0)
    assert found.p_value < 0.01
    assert "it differs between depths (p = 2.23e-46)" in found.sentence()
    assert "不同力度的弹性存在差异" in found.sentence("zh")
    stricter = dataclasses.replace(found, confidence_level=0.99, p_value=0.03)
    assert "no difference is detected between depths" in stricter.sentence()
    assert "未检测到不同力度的弹性差异" in stricter.sentence("zh")


@pytest.mark.exhaustive
def test_intervals_cover_the_elasticity() -> None:
    covered, false = [], []
    for seed in range(40):
        found = promotion_elasticity(
            sales(-2 * np.log1p(-DEPTH), seed), SIZED, after=0, seasonal_period=1
        )
        covered.append(found.elasticity_lower <= -2 <= found.elasticity_upper)
        false.append(found.p_value < 0.05)
    assert np.mean(covered) >= 0.85  # three standard errors
    assert np.mean(false) <= 0.2


def test_prices_and_depths_say_the_same() -> None:
    sold = sales(-2 * np.log1p(-DEPTH))
    by_depth = promotion_elasticity(sold, SIZED, after=1)
    priced = SIZED.assign(size=50 * (1 - DEPTH))
    by_price = promotion_elasticity(sold, priced, size="price", regular_price=50, after=1)
    assert by_price.elasticity == pytest.approx(by_depth.elasticity, rel=1e-6)
    assert by_price.table["depth"].tolist() == pytest.approx(by_depth.table["depth"].tolist())


def test_one_depth_has_an_elasticity_and_nothing_to_test() -> None:
    found = promotion_elasticity(sales(-2 * np.log1p(-DEPTH)), SIZED.assign(size=0.2), after=0)
    assert np.isnan(found.p_value)
    assert "nan" not in found.sentence() + found.sentence("zh")


@pytest.mark.parametrize(
    ("sizes", "message"),
    [
        (30.0, "20 % is 0.2"),
        (0.0, "a depth lies above 0"),
        (-0.1, "a depth lies above 0"),
        (np.nan, "size"),
    ],
)
def test_sizes_that_are_no_depth_are_refused(sizes: float, message: str) -> None:
    with pytest.raises(DataError, match=message):
        promotion_elasticity(sales(DEPTH), SIZED.assign(size=sizes))


def test_too_many_sizes_ask_to_be_rounded() -> None:
    days = WEEKS[5:45:3].start_time
    many = pd.DataFrame({"name": range(14), "start_date": days, "end_date": days})
    with pytest.raises(DataError, match="14 distinct sizes, more than 12.*round them"):
        promotion_elasticity(sales(DEPTH), many.assign(size=np.linspace(0.1, 0.4, 14)))
