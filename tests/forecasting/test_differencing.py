"""Tests for differences against R's values, and the guards."""

from pathlib import Path

import numpy as np
import pytest

from cemkit.forecasting.differencing import (
    difference,
    is_constant,
    kpss_statistic,
    ordinary_differences,
    seasonal_differences,
    seasonal_strength,
    size_of,
    stl_parts,
)

R_DIFFERENCES = {
    "AirPassengers__12": (1, 1),
    "BJsales__1": (1, 0),
    "JohnsonJohnson__4": (1, 1),
    "LakeHuron__1": (1, 0),
    "Nile__1": (1, 0),
    "UKDriverDeaths__12": (0, 1),
    "USAccDeaths__12": (1, 1),
    "co2__12": (1, 1),
    "lh__1": (0, 0),
    "lynx__1": (0, 0),
    "nottem__12": (0, 1),
    "woolyrnq__4": (0, 1),
}


def series_of(folder: Path, name: str) -> np.ndarray:
    return np.loadtxt(folder / f"series/{name}.csv")


def test_kpss_of_the_nile(reference_data: Path) -> None:
    """R's urca and statsmodels, with 4 lags."""
    assert kpss_statistic(series_of(reference_data, "Nile__1"), 4) == pytest.approx(
        0.965435, abs=5e-7
    )


@pytest.mark.parametrize(
    ("name", "strength"),
    [("AirPassengers__12", 0.94067), ("woolyrnq__4", 0.82282), ("USAccDeaths__12", 0.94479)],
)
def test_seasonal_strength_is_that_of_r(reference_data: Path, name: str, strength: float) -> None:
    period = int(name.split("__")[1])
    assert seasonal_strength(*stl_parts(series_of(reference_data, name), period)) == pytest.approx(
        strength, abs=5e-6
    )


@pytest.mark.parametrize("name", R_DIFFERENCES)
def test_differences_are_those_of_r(reference_data: Path, name: str) -> None:
    series, period = series_of(reference_data, name), int(name.split("__")[1])
    seasonal_d = seasonal_differences(series, period)
    d = ordinary_differences(difference(series, 0, seasonal_d, period))
    assert (d, seasonal_d) == R_DIFFERENCES[name]


def test_noise_over_few_seasons_is_not_differenced() -> None:
    """STL alone finds a strong season in noise that covers two of them."""
    rng = np.random.default_rng(0)
    strong = taken = 0
    for _ in range(60):
        noise = rng.normal(size=25)
        strong += seasonal_strength(*stl_parts(noise, 12)) > 0.64
        taken += seasonal_differences(noise, 12)
    assert strong > 6
    assert taken < strong / 2


def test_differencing_noise_is_refused() -> None:
    rng = np.random.default_rng(1)
    shifted = rng.normal(size=100) + np.linspace(0, 0.9, 100)
    assert kpss_statistic(shifted) > 0.463
    assert ordinary_differences(shifted) == 0


def test_constant_series_are_left_alone() -> None:
    assert is_constant(np.full(20, 3.0))
    assert ordinary_differences(np.full(20, 3.0)) == 0
    assert seasonal_differences(np.full(30, 3.0), 4) == 0


def test_whether_a_series_is_constant_does_not_depend_on_its_unit() -> None:
    sales = np.array([3.0, 1.0, 2.0] * 4)
    for unit in (1e-90, 1e-15, 1.0, 1e15):
        assert not is_constant(sales * unit)
        assert is_constant(np.full(12, 0.3 * unit) + np.array([0, 1e-16] * 6) * unit)
        line = np.arange(20.0) * 0.1 * unit + 1000 * unit  # its differences are rounding
        assert is_constant(np.diff(line), size_of(line))
