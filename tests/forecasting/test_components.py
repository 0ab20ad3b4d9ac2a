"""ForecastComponents: parts that add up, and find the season and the trend that are there."""

import numpy as np
import pandas as pd
import pytest

from cemkit import ARIMAForecaster
from cemkit.errors import DataError

INDEX = pd.period_range("2018-01", periods=72, freq="M")
SEASON = 10 * np.sin(np.arange(72) * np.pi / 6)
NOISE = np.random.default_rng(0).normal(0, 1, 72)
SALES = pd.Series(100 + 0.5 * np.arange(72) + SEASON + NOISE, INDEX)
TV = pd.DataFrame(
    {"tv": (np.arange(84) % 5 == 0).astype(float)}, pd.period_range("2018-01", periods=84, freq="M")
)


def fitted(sales: pd.Series = SALES, X: pd.DataFrame | None = None, **options: object):
    return ARIMAForecaster(12, (1, 0, 0), (0, 1, 1), **options).fit(sales, X=X)


def test_trend_and_season_are_found_and_the_parts_add_up() -> None:
    model = fitted()
    found = model.components(12)
    table = found.table
    parts = table[["trend", "season", "remainder"]].sum(axis=1)
    np.testing.assert_allclose(parts, table["value"])
    assert table["value"].tolist()[:72] == SALES.tolist()
    np.testing.assert_allclose(table["value"].tolist()[72:], model.forecast(12)["forecast"])
    assert table["is_forecast"].tolist() == [False] * 72 + [True] * 12
    assert np.abs(table["season"][:72] - SEASON).max() < 2
    assert found.trend_end - found.trend_start == pytest.approx(0.5 * 71, abs=3)
    assert 0.9 < found.seasonal_strength < 1
    assert "season of 12 periods" in found.sentence()


@pytest.mark.parametrize("power", [1.0, 0.0])
def test_regressors_take_what_the_model_says_of_them(power: float) -> None:
    promoted = SALES * 1.2 ** TV["tv"][:72] if power == 0 else SALES + 20 * TV["tv"][:72]
    model = fitted(promoted, TV, power=power)
    table = model.components(6, TV).table
    effect = float(model.regressor_effects()[0]["tv"])
    parts = table[["trend", "season", "regressors", "remainder"]].sum(axis=1)
    np.testing.assert_allclose(parts, table["value"])
    x = TV["tv"].to_numpy()[: len(table)]
    expected = effect * x if power == 1 else table["value"] * (1 - np.exp(-effect * x))
    np.testing.assert_allclose(table["regressors"], expected, atol=1e-9)
    with pytest.raises(DataError, match="give X"):
        model.components(6)


def test_missing_sales_stay_missing() -> None:
    gaps = SALES.copy()
    gaps.iloc[[10, 30]] = np.nan
    table = fitted(gaps).components(3).table
    assert table["value"].isna().sum() == table["remainder"].isna().sum() == 2
    assert table[["trend", "season"]].notna().all(axis=None)


def test_without_a_season_there_are_no_components() -> None:
    with pytest.raises(ValueError, match="components need a season"):
        ARIMAForecaster(1, (1, 0, 0)).fit(SALES).components()
