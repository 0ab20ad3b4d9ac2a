"""Whether the Parquet files that a Dask table reads keep to one schema: Dask looks at one file."""

from collections.abc import Iterator
from importlib import import_module
from typing import Any

from cemkit.errors import DataError


def check_files_of(table: Any) -> None:
    """Raise where a file lacks a column of the table, or has it under another type.

    It reads the footer of each file, and no row.
    """
    for columns, schema, files in _files_read(table):
        for file in files:
            for name in columns:
                if name in schema.names:
                    _check_column(name, file, schema)


def _files_read(table: Any) -> Iterator[tuple[list[str], Any, list[Any]]]:
    """The columns, the schema and the files (as PyArrow sees them) of each step that reads some."""
    for step in table.expr.walk():
        if not type(step).__name__.startswith("ReadParquet"):
            continue
        known = getattr(step, "_dataset_info", {})
        dataset = known.get("ds")
        files = known.get("fragments") if dataset is None else dataset.get_fragments()
        if files is not None:
            schema = known["schema"] if dataset is None else dataset.schema
            found = [getattr(file, "fragment", file) for file in files]
            yield list(map(str, step.columns)), schema, found


def _check_column(name: str, fragment: Any, first: Any) -> None:
    schema = fragment.physical_schema
    remedy = "write all files with one schema"
    if name not in schema.names:
        raise DataError(
            f"{fragment.path} lacks the column {name!r}, which other files have; {remedy}"
        )
    kind, expected = schema.field(name).type, first.field(name).type
    if kind != expected and _family(kind) != _family(expected):
        raise DataError(f"{name} is {kind} in {fragment.path}, and {expected} elsewhere; {remedy}")


def _family(kind: Any) -> str:
    """What values of a type are, whatever their size."""
    types: Any = import_module("pyarrow").types
    if types.is_dictionary(kind):
        kind = kind.value_type
    families = {
        "number": (types.is_integer, types.is_floating, types.is_decimal),
        "text": (types.is_string, types.is_large_string),
        "date": (types.is_date, types.is_timestamp),
    }
    for family, tests in families.items():
        if any(test(kind) for test in tests):
            return family
    return str(kind)
