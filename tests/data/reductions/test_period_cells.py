"""Cells of customers and periods: by a dense table or by a sort, each sum is that of its rows."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data.reductions.period_cells import DENSE, Cells, numbered


def rows(last_day: int) -> tuple[np.ndarray, np.ndarray]:
    """Return days and units of 200 rows, the last of them far from the others."""
    rng = np.random.default_rng(0)
    day, unit = rng.integers(19_700, 19_900, 200), rng.integers(0, 7, 200)
    day[-1] = last_day
    return day, unit


@pytest.mark.parametrize(("last_day", "is_dense"), [(19_900, True), (90_000, False)])
@pytest.mark.parametrize("period", ["week", "month", "year"])
def test_each_cell_sums_its_rows(last_day: int, is_dense: bool, period: str) -> None:
    day, unit = rows(last_day)
    cells, amount = Cells.of(day, unit, 7, period), np.arange(200.0)
    if period == "week":
        assert (cells.place is not None) == is_dense
    frequency = {"week": "W-SUN", "month": "M", "year": "Y-DEC"}[period]
    periods = pd.to_datetime(day, unit="D").to_period(frequency)
    expected = pd.Series(amount).groupby([periods, unit]).sum()
    assert cells.summed(amount).tolist() == expected.tolist()
    assert cells.at(day, unit).tolist() == cells.row.tolist()


def test_numbers_are_found_among_those_there() -> None:
    present, place = numbered(np.array([5, 2, 5]), DENSE)
    assert (present.tolist(), place[[2, 5]].tolist()) == ([2, 5], [0, 1])
