"""Two snapshots, matched."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.promotion.snapshots import match_snapshots

BEFORE = pd.DataFrame({"customer_id": ["b", "a"], "clv": [2.0, 1.0]})
AFTER = pd.DataFrame({"clv": [10.0, 30.0]}, index=pd.Index(["a", "c"], name="customer_id"))


def test_values_stand_in_the_rows_of_the_later_snapshot() -> None:
    snapshots = match_snapshots(BEFORE, AFTER, as_of="2024-01-31", since="2024-01-30")
    assert snapshots.were_there.tolist() == [True, False]
    assert snapshots.now.numbers("clv").tolist() == [10.0, 30.0]
    np.testing.assert_array_equal(snapshots.earlier.numbers("clv"), [1.0, np.nan])


def test_without_an_earlier_snapshot_everything_is_missing() -> None:
    snapshots = match_snapshots(None, AFTER, as_of="2024-01-31", since=None)
    assert np.isnan(snapshots.earlier.numbers("clv")).all()


def test_nullable_numbers_and_bad_types() -> None:
    after = AFTER.assign(visits=pd.array([1, None], dtype="Int64"), text="x")
    snapshots = match_snapshots(None, after, as_of="2024-01-31", since=None)
    np.testing.assert_array_equal(snapshots.now.numbers("visits"), [1.0, np.nan])
    with pytest.raises(DataError, match="text must hold numbers, not 'x'"):
        snapshots.now.numbers("text")
    with pytest.raises(DataError, match=r"clv must hold local dates, .* pandas.to_datetime"):
        snapshots.now.days("clv")
    with pytest.raises(MissingColumnsError, match=r"'clw' .did you mean 'clv'.*snapshot after"):
        snapshots.now.numbers("clw")


def test_bad_snapshots() -> None:
    with pytest.raises(NotEnoughDataError, match="need at least 1 row in after, got 0"):
        match_snapshots(None, AFTER[:0], as_of="2024-01-31", since=None)
    with pytest.raises(DataError, match="before has 1 repeated customer_id, such as 'b'"):
        match_snapshots(pd.concat([BEFORE, BEFORE[:1]]), AFTER, as_of="2024-01-31", since=None)
    with pytest.raises(DataError, match=r"numbers in before.*text|text in after and numbers"):
        match_snapshots(BEFORE.assign(customer_id=[1, 2]), AFTER, as_of="2024-01-31", since=None)
    with pytest.raises(ValueError, match="since=2024-02-01 lies after as_of=2024-01-31"):
        match_snapshots(BEFORE, AFTER, as_of="2024-01-31", since="2024-02-01")


def test_the_same_customers_in_the_same_order_need_no_matching() -> None:
    snapshots = match_snapshots(AFTER.assign(clv=1.0), AFTER, as_of="2024-01-31", since=None)
    assert snapshots.earlier.rows is None
    assert snapshots.were_there.all()
    assert snapshots.earlier.numbers("clv").tolist() == [1.0, 1.0]
