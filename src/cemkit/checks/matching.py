"""Columns of the same customers that come apart: matched by id, never by position where ids differ.

Arrays and lists have no ids and are taken in the order of the one Series there is, or as they are.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks.engine_tables import check_no_engine_table
from cemkit.checks.ids import check_same_ids, normal_ids
from cemkit.checks.options import shown
from cemkit.errors import DataError
from cemkit.formats import count_text


def side_by_side(columns: Mapping[str, Any]) -> dict[str, pd.Series]:
    """Return the columns as Series on one index, that of the first Series among them."""
    series = {name: as_series(values, name) for name, values in columns.items()}
    named = [name for name, values in columns.items() if isinstance(values, pd.Series)]
    reference = named[0] if named else next(iter(series))
    ids = series[reference].index
    _check_order(series, named)
    for name, values in series.items():
        if name in named:
            series[name] = matched(values, ids, name, reference)
        elif len(values) != len(ids):
            raise DataError(
                f"{reference} has {count_text(len(ids), 'values')} but {name} has {len(values)}"
            )
        else:
            series[name] = values.set_axis(ids)
    return series


def _check_order(series: Mapping[str, pd.Series], named: list[str]) -> None:
    """Raise where a column without ids stands beside two that hold ids in different orders."""
    without = [name for name in series if name not in named]
    if not without:
        return
    for name in named[1:]:
        if not series[name].index.equals(series[named[0]].index):
            raise DataError(
                f"{named[0]} and {name} hold different ids, or in another order, and {without[0]} "
                f"has none to match them by; give {without[0]} as a Series by customer_id"
            )


def as_series(values: Any, name: str) -> pd.Series:
    """Return the values as a Series, read once; tables, texts and scalars are refused."""
    if isinstance(values, pd.Series):
        return values
    check_no_engine_table(values, name, "a Series with one value per customer")
    unfit = isinstance(values, str | bytes | Mapping | set | frozenset | pd.DataFrame)
    if unfit or not isinstance(values, Iterable) or getattr(values, "ndim", 1) == 0:
        raise TypeError(f"{name} must hold one value per customer, not {shown(values)}")
    if isinstance(values, np.ndarray | pd.Index | pd.api.extensions.ExtensionArray):
        if values.ndim != 1:
            raise DataError(f"{name} has the shape {values.shape}; it takes one value per customer")
        return pd.Series(values)
    return pd.Series(list(values))


def matched(values: pd.Series, ids: pd.Index, name: str, reference: str) -> pd.Series:
    """Return the values in the order of `ids`, which are those of the column `reference`."""
    if values.index.equals(ids):
        return values
    ours, theirs = _plain(ids, reference), _plain(values.index, name)
    for index, what in ((ours, reference), (theirs, name)):
        if not index.is_unique:
            twice = index[index.duplicated()].tolist()
            raise DataError(
                f"{reference} and {name} must hold the same ids, each once; {what} repeats "
                f"{twice[0]!r}"
            )
    if not isinstance(ours, pd.MultiIndex) and not isinstance(theirs, pd.MultiIndex):
        check_same_ids(ours, theirs, reference, name)
    place = theirs.get_indexer(ours) if ours.nlevels == theirs.nlevels else np.array([-1])
    if len(ours) != len(theirs) or (place < 0).any():
        only = [index.difference(other) for index, other in ((ours, theirs), (theirs, ours))]
        raise DataError(
            f"{reference} and {name} must hold the same ids, each once: {len(only[0])} only in "
            f"{reference}, {len(only[1])} only in {name}; the first is {[*only[0], *only[1]][0]!r}"
        )
    return values.iloc[place].set_axis(ids)


def _plain(index: pd.Index, name: str) -> pd.Index:
    if isinstance(index, pd.MultiIndex):
        return index
    ids = normal_ids(index, f"the index of {name}")
    if ids.hasnans:
        missing = count_text(np.count_nonzero(ids.isna()), "missing ids")
        raise DataError(f"the index of {name} has {missing}")
    return ids
