"""Tables of other engines where a call takes rows in memory: which they are, and the way here."""

from typing import Any

INTO_PANDAS = {
    "duckdb.DuckDBPyRelation": "df()",
    "polars.LazyFrame": "collect().to_pandas()",
    "polars.DataFrame": "to_pandas()",
    "pyarrow.Table": "to_pandas()",
    "dask.DataFrame": "compute()",
    "pyspark.DataFrame": "toPandas()",
}
IN_MEMORY = ("polars.DataFrame", "pyarrow.Table")
PACKAGES = {name.partition(".")[0] for name in INTO_PANDAS}


def kind_of(value: object) -> str:
    """Return the name of a value's class, with its package where that is another engine's."""
    kind = type(value)
    package = kind.__module__.partition(".")[0]
    return f"{package}.{kind.__name__}" if package in PACKAGES else kind.__name__


def is_engine_table(value: object) -> bool:
    """Whether a value is a table of DuckDB, Polars, PyArrow, Dask or PySpark."""
    return kind_of(value) in INTO_PANDAS


def check_no_engine_table(value: object, name: str, wanted: str = "a pandas DataFrame") -> None:
    """Raise where a value is a table of another engine; say how its rows come into pandas."""
    if is_engine_table(value):
        raise TypeError(f"{name} must be {wanted}, not {kind_of(value)}; {into_pandas(value)}")


def check_no_hidden_ids(value: Any, name: str) -> None:
    """Raise where a table of another engine is read as an array, and its rows or ids are lost.

    One in memory without `customer_id` is an array as good as any.
    """
    if kind_of(value) not in IN_MEMORY or "customer_id" in _column_names(value):
        check_no_engine_table(value, name, "a pandas DataFrame or an array")


def into_pandas(table: Any) -> str:
    """Return how the rows of such a table come into pandas, as the end of a message."""
    way = f"bring it into pandas with its {INTO_PANDAS[kind_of(table)]}"
    large = kind_of(table) not in IN_MEMORY
    return f"{way}, or a sample of its rows where it is large" if large else way


def _column_names(table: Any) -> list[str]:
    names: list[str] = getattr(table, "column_names", None) or list(table.columns)
    return names
