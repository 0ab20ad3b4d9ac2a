"""score: what a fitted model predicts, added to a table where the table lives."""

from collections.abc import Iterator, Mapping
from functools import partial
from importlib import import_module
from typing import Any

import narwhals as nw
import pandas as pd

from cemkit.checks.tables import check_column_names
from cemkit.data.duckdb_scores import score_in_duckdb
from cemkit.data.engines import as_frame
from cemkit.data.parquet_files import check_files_of
from cemkit.data.score_columns import Kind, pandas_kind
from cemkit.data.scorer import Scorer, columns_of
from cemkit.errors import MissingDependencyError

ENGINES = "pandas, Polars, PyArrow, DuckDB, Dask or PySpark"


def score(model: Any, table: Any) -> Any:
    """Add a model's predictions to a table on its own engine.

    Each row is scored on its own, so the table is never collected. Spark and Dask score partitions
    on their workers; DuckDB and lazy Polars frames score batch by batch. On lazy engines nothing is
    read until you ask for the result. A model with `to_json` is sent as that text and rebuilt once
    per partition. `cemkit` must be installed on the workers.

    Args:
        model: Fitted model with `add_to` that scores each row on its own: all but
            `RepurchaseCycle`, which looks customers up in its fit. A model of your own needs
            `feature_names_in_` (the columns it reads) and `get_feature_names_out()` (the float
            columns it adds).
        table: Customer table with the columns that `model.add_to` takes (pandas, Polars, PyArrow,
            DuckDB, Dask or PySpark), such as `customer_table(..., collect=False)`. Ids may be a
            column or, in pandas and Dask, the index. Repeated ids raise an error within a
            partition, but are not found across partitions.

    Returns:
        A table of the same kind, with the same rows, columns and index, and the columns that
        `model.add_to` adds. Its schema is known before anything is computed: predictions are 64-bit
        floats, scores and clusters 64-bit integers, segments and stages text. Customers who never
        ordered have missing values. The numbers equal those of `model.add_to`. Dask stores whole
        numbers as floats where `recency_days` can be missing, as pandas does.

    Raises:
        MissingColumnsError: The table's schema lacks a column that the model reads.
        DataError: A column has the wrong type by the table's schema. For Dask tables of Parquet
            files the schema of each file is checked.
        TypeError: `model` does not score row by row, or `table` is not from a supported engine.
        NotFittedError: `model` is not fitted.

    Examples:
        >>> import duckdb
        >>> from cemkit import BetaGeoModel, customer_table, load_cdnow
        >>> customers = customer_table(load_cdnow("sample"), as_of="1997-09-30")
        >>> model = BetaGeoModel().fit(customers)
        >>> there = duckdb.connect().from_df(customers.reset_index())
        >>> scored = score(model, there)  # nothing is read yet
        >>> scored.filter("customer_id = 4").select("alive_probability").fetchall()
        [(0.72...,)]
    """
    columns_of(model)  # what is no model is said first
    table = nw.to_native(table, pass_through=True)
    if isinstance(table, pd.DataFrame):
        check_column_names(table.columns, "table")
        return _on_pandas(table, Scorer.of(model, _kinds_in_pandas(table)))
    if _package(table) == "dask" and hasattr(table, "map_partitions"):
        return _on_dask(table, model)
    frame = as_frame(table, "table")
    engine = frame.implementation
    if engine.is_polars() or engine.is_pyarrow():
        _required("pyarrow")
    scorer = Scorer.of(model, _kinds(frame.collect_schema()))
    if engine.is_polars():
        return _on_polars(table, scorer)
    if engine.is_pyarrow():
        return _on_pyarrow(table, scorer)
    if engine.is_duckdb():
        return score_in_duckdb(table, scorer)
    if engine.is_pyspark() or engine.is_pyspark_connect():
        return _on_spark(table, scorer)
    raise TypeError(f"table must be a table of {ENGINES}, not {type(table).__name__}")


def _package(table: Any) -> str:
    return type(table).__module__.partition(".")[0]


def _required(package: str) -> Any:
    try:
        return import_module(package)
    except ImportError as error:
        raise MissingDependencyError(package) from error


def _kinds_in_pandas(table: Any) -> dict[str, Kind]:
    return {name: pandas_kind(dtype) for name, dtype in table.dtypes.items()}


def _kinds(schema: Mapping[str, Any]) -> dict[str, Kind]:
    return {name: _kind(dtype) for name, dtype in schema.items()}


def _kind(dtype: Any) -> Kind:
    if dtype.is_numeric():
        return "number"
    if dtype == nw.Boolean:
        return "flag"
    if dtype in {nw.String, nw.Categorical, nw.Enum}:
        return "text"
    return "date" if isinstance(dtype, nw.Date | nw.Datetime) else "unknown"


def _on_pandas(table: pd.DataFrame, scorer: Scorer) -> pd.DataFrame:
    added = scorer.added(table, scorer.model())
    return table.assign(**{str(name): added[name].array for name in added})


def _on_dask(table: Any, model: Any) -> Any:
    meta = table._meta
    kinds = _kinds_in_pandas(meta)
    scorer = Scorer.of(model, kinds)
    check_files_of(table)
    whole = getattr(meta.get("recency_days"), "dtype", None)
    gaps = {"order_count", "recency_days"} <= set(kinds) and getattr(whole, "kind", "O") not in "iu"
    dtypes = scorer.dtypes(gaps=gaps or isinstance(whole, pd.api.extensions.ExtensionDtype))
    stated = meta.assign(**{name: pd.Series(dtype=dtype) for name, dtype in dtypes.items()})
    # A delayed value is sent once; each partition refers to it.
    sent = import_module("dask").delayed(scorer)
    return table.map_partitions(_dask_part, sent, dtypes, meta=stated, align_dataframes=False)


def _dask_part(rows: pd.DataFrame, scorer: Scorer, dtypes: Mapping[str, Any]) -> pd.DataFrame:
    added = scorer.added(rows, scorer.model()).astype(dict(dtypes))
    return rows.assign(**{str(name): added[name].array for name in added})


def _on_polars(table: Any, scorer: Scorer) -> Any:
    pl = import_module("polars")
    types = {"number": pl.Float64, "whole": pl.Int64, "text": pl.String}
    adds = {name: types[kind] for name, kind in scorer.columns.adds.items()}
    model = scorer.model()

    def scored(batch: Any) -> Any:
        added = _arrow_columns(scorer, batch.select(scorer.needed).to_arrow(), model)
        new = [pl.from_arrow(values).alias(name).cast(adds[name]) for name, values in added.items()]
        return batch.with_columns(new)

    if isinstance(table, pl.DataFrame):
        return scored(table)
    return table.map_batches(
        scored,
        schema={**table.collect_schema(), **adds},
        streamable=True,
        predicate_pushdown=False,  # which would look for the added columns in the table
        projection_pushdown=False,
    )


def _on_pyarrow(table: Any, scorer: Scorer) -> Any:
    pa = import_module("pyarrow")
    added = _arrow_columns(scorer, table, scorer.model())
    columns = {name: added.get(name, None) for name in scorer.places}
    fields = [
        pa.field(name, values.type) if values is not None else table.schema.field(name)
        for name, values in columns.items()
    ]
    arrays = [table.column(name) if values is None else values for name, values in columns.items()]
    return pa.table(arrays, schema=pa.schema(fields, metadata=table.schema.metadata))


def _on_spark(table: Any, scorer: Scorer) -> Any:
    types = import_module("pyspark.sql.types")
    kinds = {"number": types.DoubleType, "whole": types.LongType, "text": types.StringType}
    schema = types.StructType(
        [
            table.schema[name] if kind is None else types.StructField(name, kinds[kind]())
            for name, kind in scorer.places.items()
        ]
    )
    return table.mapInArrow(partial(_spark_part, scorer), schema)


def _spark_part(scorer: Scorer, batches: Iterator[Any]) -> Iterator[Any]:
    pa: Any = import_module("pyarrow")
    model = scorer.model()
    for batch in batches:
        added = _arrow_columns(scorer, batch, model)
        arrays = [added.get(name) for name in scorer.places]
        yield pa.RecordBatch.from_arrays(
            [
                batch.column(name) if values is None else values
                for name, values in zip(scorer.places, arrays, strict=True)
            ],
            names=list(scorer.places),
        )


def _arrow_columns(scorer: Scorer, batch: Any, model: Any) -> dict[str, Any]:
    """The added columns of an Arrow table or batch, missing values as nulls."""
    pa: Any = import_module("pyarrow")
    types = {"number": pa.float64(), "whole": pa.int64(), "text": pa.string()}
    rows = pd.DataFrame({name: _in_pandas(batch.column(name), pa) for name in scorer.needed})
    rows.index = pd.RangeIndex(batch.num_rows)
    added = scorer.added(rows, model)
    return {
        name: pa.array(_nullable(added[name], kind), type=types[kind], from_pandas=True)
        for name, kind in scorer.columns.adds.items()
    }


def _in_pandas(values: Any, pa: Any) -> pd.Series:
    if pa.types.is_decimal(values.type):
        values = values.cast(pa.float64())
    series: pd.Series = values.to_pandas(date_as_object=False)
    return series.dt.tz_localize(None) if getattr(series.dtype, "tz", None) else series


def _nullable(values: pd.Series, kind: str) -> Any:
    return values.astype("Int64") if kind == "whole" else values.to_numpy()
