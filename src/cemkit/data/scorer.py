"""A fitted model on its way to the rows: as text, with what it reads, adds and may meet there."""

import copy
import dataclasses
from collections.abc import Mapping
from typing import Any, Self

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from cemkit.checks import check_columns
from cemkit.checks.customers import who_ordered
from cemkit.checks.options import shown
from cemkit.data.score_columns import Added, Kind, ScoreColumns, pandas_kind
from cemkit.errors import DataError, NotEnoughDataError

TEXT = pd.Series(["text"]).dtype  # object before pandas 3
# Read by a model where they are there: who the customer is, who ordered, and as of which day.
ALWAYS = ("customer_id", "order_count", "recency_days", "last_order_date")
OF_THEIR_FIT = {"RepurchaseCycle": "cycles_"}


@dataclasses.dataclass(frozen=True, slots=True)
class Scorer:
    """A fitted model as it is sent: `sent` is its JSON text, or itself where it has none."""

    kind: type
    sent: Any
    columns: ScoreColumns
    reads_all: bool
    kinds: Mapping[str, Kind]

    @classmethod
    def of(cls, model: Any, kinds: Mapping[str, Kind]) -> Self:
        """The model for a table with columns of these kinds, which are checked."""
        columns = columns_of(model)
        columns.check(kinds)
        own = not hasattr(model, "_score_columns")
        return cls(type(model), _sent(model), columns, own, dict(kinds))

    def model(self) -> Any:
        """The model, made again from its text."""
        kind: Any = self.kind
        return kind.from_json(self.sent) if isinstance(self.sent, str) else self.sent

    @property
    def needed(self) -> list[str]:
        """The columns of the table that the model may look at."""
        reads = self.columns.reads
        return [name for name in self.kinds if self.reads_all or name in {*reads, *ALWAYS}]

    @property
    def places(self) -> dict[str, Added | None]:
        """Each column of the result in its order, and the kind of those that are added."""
        return {**dict.fromkeys(self.kinds), **self.columns.adds}

    def dtypes(self, *, gaps: bool) -> dict[str, Any]:
        """The pandas dtypes of the added columns; with `gaps` whole numbers may be missing."""
        whole = np.dtype("float64" if gaps else "int64")
        known = {"number": np.dtype("float64"), "whole": whole, "text": TEXT}
        return {name: known[kind] for name, kind in self.columns.adds.items()}

    def added(self, rows: pd.DataFrame, model: Any) -> pd.DataFrame:
        """The added columns of some rows, perhaps of none; missing for who never ordered."""
        rows = self._as_stated(rows)
        scored = self._scored(rows, model) if len(rows) else None
        if scored is None:
            empty = pd.DataFrame(index=rows.index, columns=list(self.columns.adds), dtype="float64")
            return empty.astype(self.dtypes(gaps=len(rows) > 0))
        if not scored.index.equals(rows.index):
            raise DataError(f"{self.kind.__name__}.add_to changed the rows; it must keep them")
        further = [name for name in scored if name not in rows or name in self.columns.adds]
        if set(further) != set(self.columns.adds):
            raise DataError(
                f"{self.kind.__name__}.add_to added {sorted(map(str, further))}, but "
                f"get_feature_names_out() names {sorted(self.columns.adds)}; name every "
                "column that add_to adds"
            )
        return scored[list(self.columns.adds)]

    def _scored(self, rows: pd.DataFrame, model: Any) -> pd.DataFrame | None:
        """The rows with the added columns; None where no row is of somebody who ordered."""
        try:
            table: pd.DataFrame = model.add_to(rows)
        except NotEnoughDataError:
            ordered = who_ordered(rows)
            if ordered is None or ordered.any():
                raise
            return None
        return table

    def _as_stated(self, rows: pd.DataFrame) -> pd.DataFrame:
        """The rows in the types that the schema of the whole table states."""
        where = "; a part of the table lacks it, although its schema has it"
        check_columns(rows.columns, self.columns.reads, f"the model reads it{where}")
        changed = {
            name: values
            for name in self.columns.reads
            if (values := self._column(rows[name], name)) is not rows[name]
        }
        return rows.assign(**changed) if changed else rows

    def _column(self, values: pd.Series, name: str) -> pd.Series:
        stated, found = self.kinds[name], pandas_kind(values.dtype)
        if self.columns.reads[name] == "number" and found in {"unknown", "text"}:
            if values.isna().all():
                return pd.Series(np.nan, index=values.index, name=values.name)
            if pd.api.types.infer_dtype(values) == "boolean":
                return values.astype("boolean")
        if "unknown" not in {stated, found} and stated != found and not values.isna().all():
            first = shown(values.iloc[:1].tolist()[0])
            raise DataError(
                f"{name} is {values.dtype} in a part of the table (first value {first}), and its "
                f"schema says {stated}; read all parts with one schema"
            )
        return values


def columns_of(model: Any) -> ScoreColumns:
    """What a fitted model reads and adds; one that does not score row by row is refused."""
    name = type(model).__name__
    if isinstance(model, type):
        raise TypeError(f"{shown(model)} is a class; call it and fit it first")
    if not hasattr(model, "add_to"):
        raise TypeError(
            f"{name} has no method add_to(customers); score with a fitted model that has one"
        )
    if name in OF_THEIR_FIT:
        raise TypeError(
            f"{name} does not score row by row: it looks customers up in its fit; join "
            f"{OF_THEIR_FIT[name]} to the table by customer_id"
        )
    if hasattr(model, "_score_columns"):
        columns: ScoreColumns = model._score_columns()
        return columns
    return _columns_of_another(model, name)


def _columns_of_another(model: Any, name: str) -> ScoreColumns:
    """The columns of a user's own model, by the names that scikit-learn gives them."""
    if not hasattr(model, "get_feature_names_out"):
        raise TypeError(
            f"the columns that {name} adds must be known before a row is read: give it "
            "get_feature_names_out() with the names of the float columns that add_to "
            "adds, and feature_names_in_ with the columns that it reads"
        )
    if isinstance(model, BaseEstimator):
        check_is_fitted(model)
    reads = [str(column) for column in getattr(model, "feature_names_in_", ())]
    adds = [str(column) for column in model.get_feature_names_out()]
    return ScoreColumns(dict.fromkeys(reads, "any"), dict.fromkeys(adds, "number"))


def _sent(model: Any) -> Any:
    """The JSON text of a model; a copy of itself where it has none, or holds what is no JSON."""
    if not (hasattr(model, "to_json") and hasattr(type(model), "from_json")):
        return copy.copy(model)
    try:
        return model.to_json()
    except NotFittedError:
        raise
    except (TypeError, DataError):  # around an estimator of the user's own
        return copy.copy(model)
