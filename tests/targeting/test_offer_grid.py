"""The profit table as a grid: pairs, limits, and what is left of it."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.targeting.offer_grid import Limits, read_grid

TABLE = pd.DataFrame(
    {
        "customer_id": [9, 9, 4, 7],
        "offer": ["b", "a", "a", "b"],
        "profit": [1.0, 2.0, 3.0, 4.0],
        "cost": [0.1, 0.2, 0.3, 0.4],
    }
)
FREE = Limits.checked(None, None, 0.0, 1)


def test_customers_and_offers_are_in_order_and_pairs_without_a_row_are_barred() -> None:
    grid = read_grid(TABLE, None, FREE)
    assert grid.offers == ["a", "b"]
    assert grid.row.tolist() == [[2, -1], [-1, 3], [1, 0]]
    assert grid.problem.profit.tolist() == [[3.0, -np.inf], [-np.inf, 4.0], [2.0, 1.0]]
    assert np.isinf(grid.problem.limits).all()


def test_pairs_that_are_not_eligible_are_barred() -> None:
    eligible = pd.DataFrame({"customer_id": [7, 9], "offer": ["b", "a"], "channel": ["x", "y"]})
    grid = read_grid(TABLE, eligible, FREE)
    assert grid.row.tolist() == [[-1, -1], [-1, 3], [1, -1]]
    chosen, cells = grid.chosen(grid.allowed())
    assert chosen["customer_id"].tolist() == [9, 7]
    assert chosen["channel"].tolist() == ["y", "x"]
    assert cells.tolist() == [4, 3]


def test_what_is_settled_is_taken_off_the_limits() -> None:
    grid = read_grid(TABLE, None, Limits.checked(1.0, {"a": 2}, 0.0, 1))
    drawn = np.array([[True, False], [False, False], [False, False]])
    left = grid.without(drawn)
    assert left.problem.limits.tolist() == pytest.approx([0.7, 1.0, np.inf])
    assert not left.allowed()[0].any()
    assert left.allowed()[1:].tolist() == grid.allowed()[1:].tolist()


def test_a_holdout_widens_the_limits_by_whole_places() -> None:
    limits = Limits.checked(80.0, {"a": 10}, 0.2, 1).of(["a", "b"])
    assert limits.tolist() == [100.0, 12.0, np.inf]
    # 12 less a hold-out of 2 or 3 is at most 10; of 13, 2 may be held out, and 11 contacted.
    with pytest.raises(TypeError, match="capacities must be a dict by offer"):
        Limits.checked(None, [1], 0.0, 1)  # type: ignore[arg-type]


def test_ids_of_other_kinds_are_refused() -> None:
    eligible = pd.DataFrame({"customer_id": ["7"], "offer": ["b"]})
    with pytest.raises(DataError, match="eligible"):
        read_grid(TABLE, eligible, FREE)
