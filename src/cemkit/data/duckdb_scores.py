"""Scores of a DuckDB relation, batch by batch within its own query.

DuckDB hands a function batches as pandas and takes back what the values of each batch look like, so
that a column of whole numbers with a gap would come back as floats. The table's own columns
therefore pass through as text, which says every value exactly, and are read back by DuckDB.
"""

from typing import Any

import numpy as np
import pandas as pd

from cemkit.data.engines import quoted
from cemkit.data.scorer import Scorer

SQL_TYPES = {"number": "DOUBLE", "flag": "BOOLEAN", "text": "VARCHAR", "date": "TIMESTAMP"}
ADDED_TYPES = {"number": "DOUBLE", "whole": "BIGINT", "text": "VARCHAR"}
PRESENT = "="  # before a text that is there, so that an empty one is none


def score_in_duckdb(relation: Any, scorer: Scorer) -> Any:
    """The relation with the added columns, of the same connection; nothing is read yet."""
    own = [name for name, kind in scorer.places.items() if kind is None]
    types = dict(zip(relation.columns, map(str, relation.types), strict=True))
    kept = {name: f"kept_{place}" for place, name in enumerate(own)}
    read = {name: f"read_{place}" for place, name in enumerate(scorer.needed)}
    added = {name: f"added_{place}" for place, name in enumerate(scorer.columns.adds)}
    model = scorer.model()

    def scored(batch: pd.DataFrame) -> pd.DataFrame:
        rows = pd.DataFrame({name: batch[column] for name, column in read.items()})
        new = scorer.added(rows, model)
        columns = {
            column: _handed_back(new[name], scorer.columns.adds[name])
            for name, column in added.items()
        }
        return batch[list(kept.values())].assign(**columns)

    handed = [
        *(f"{_as_text(quoted(name))} AS {column}" for name, column in kept.items()),
        *(f"{_to_read(name, scorer)} AS {column}" for name, column in read.items()),
    ]
    # Types as DuckDB's objects: it takes their names in text on its default connection no more.
    text, number = relation.project("CAST('' AS VARCHAR) AS t, CAST(0 AS DOUBLE) AS n").types
    schema = {
        **dict.fromkeys(kept.values(), text),
        **{
            column: text if scorer.columns.adds[name] == "text" else number
            for name, column in added.items()
        },
    }
    result = [
        f"{_from_text(kept[name], types[name])} AS {quoted(name)}"
        if kind is None
        else f"{_as_added(added[name], kind)} AS {quoted(name)}"
        for name, kind in scorer.places.items()
    ]
    return relation.project(", ".join(handed)).map(scored, schema=schema).project(", ".join(result))


def _as_text(column: str) -> str:
    return f"CASE WHEN {column} IS NULL THEN '' ELSE '{PRESENT}' || CAST({column} AS VARCHAR) END"


def _from_text(column: str, kind: str) -> str:
    return f"CASE WHEN {column} <> '' THEN CAST(substr({column}, 2) AS {kind}) END"


def _to_read(name: str, scorer: Scorer) -> str:
    if name == "customer_id":  # a number beyond the floats of pandas stays an id of its own
        return f"CAST({quoted(name)} AS VARCHAR)"
    kind = SQL_TYPES.get(scorer.kinds[name])
    return quoted(name) if kind is None else f"CAST({quoted(name)} AS {kind})"


def _as_added(column: str, kind: str) -> str:
    if kind == "text":
        return _from_text(column, "VARCHAR")
    return f"CAST(CASE WHEN NOT isnan({column}) THEN {column} END AS {ADDED_TYPES[kind]})"


def _handed_back(values: pd.Series, kind: str) -> Any:
    if kind != "text":
        return values.to_numpy(dtype=np.float64, na_value=np.nan)
    return np.where(values.isna(), "", PRESENT + values.fillna("").astype(str)).astype(object)
