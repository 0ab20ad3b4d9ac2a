"""What a fitted model reads of a table and what it adds, known before a row is read."""

import dataclasses
from collections.abc import Iterable, Mapping
from typing import Any, Literal

import pandas as pd

from cemkit.checks import check_columns
from cemkit.errors import DataError

Kind = Literal["number", "text", "flag", "date", "unknown"]
Read = Literal["number", "text", "any"]
Added = Literal["number", "whole", "text"]
ACCEPTED: Mapping[Read, frozenset[Kind]] = {
    "number": frozenset({"number", "flag", "unknown"}),
    "text": frozenset({"text", "flag", "unknown"}),
    "any": frozenset({"number", "text", "flag", "date", "unknown"}),
}


@dataclasses.dataclass(frozen=True, slots=True)
class ScoreColumns:
    """The columns that a model reads and adds, each with its kind."""

    reads: Mapping[str, Read]
    adds: Mapping[str, Added]

    @classmethod
    def of_numbers(cls, reads: Iterable[str], adds: Iterable[str]) -> "ScoreColumns":
        """Numbers from numbers."""
        return cls(dict.fromkeys(reads, "number"), dict.fromkeys(adds, "number"))

    def reading(self, further: Mapping[str, Read]) -> "ScoreColumns":
        """The same with further columns read."""
        return ScoreColumns({**self.reads, **further}, self.adds)

    def check(self, kinds: Mapping[str, Kind], where: str = "") -> None:
        """Raise unless the table has every column that is read, of the right kind."""
        check_columns(kinds, self.reads, f"the model reads it{where}")
        for name, read in self.reads.items():
            if kinds[name] not in ACCEPTED[read]:
                raise DataError(
                    f"{name} must hold {_plural(read)}, and holds {_plural(kinds[name])}{where}; "
                    "convert it before scoring"
                )


def _plural(kind: str) -> str:
    words = {"number": "numbers", "text": "text", "flag": "true and false", "date": "dates"}
    return words[kind]


def pandas_kind(dtype: Any) -> Kind:
    """The kind of a pandas column; objects may hold anything."""
    if isinstance(dtype, pd.CategoricalDtype):
        return "text"
    if pd.api.types.is_bool_dtype(dtype):
        return "flag"
    if pd.api.types.is_numeric_dtype(dtype):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(dtype):
        return "date"
    text = pd.api.types.is_string_dtype(dtype) and not pd.api.types.is_object_dtype(dtype)
    return "text" if text else "unknown"
