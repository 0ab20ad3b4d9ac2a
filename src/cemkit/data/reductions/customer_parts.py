"""A reduction in pandas of all rows of a customer at once, where Spark or Dask hold the rows."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

import narwhals as nw
import pandas as pd

Reduce = Callable[[pd.DataFrame], pd.DataFrame]
SQL_TYPES = {"int64": "long", "float64": "double"}


def is_in_parts(rows: nw.LazyFrame[Any]) -> bool:
    """Whether an engine holds the rows in partitions, perhaps on other machines."""
    engine = rows.implementation
    return bool(engine.is_dask() or engine.is_pyspark() or engine.is_pyspark_connect())


def reduced_parts(
    rows: nw.LazyFrame[Any], reduce: Reduce, dtypes: Mapping[str, str]
) -> pd.DataFrame:
    """What `reduce` makes of each part, one below the other; a part has all rows of a customer.

    Only this comes into memory here. `reduce` must be one that the workers can import.
    """
    native = rows.to_native()
    if rows.implementation.is_dask():
        meta = pd.DataFrame({name: pd.Series(dtype=dtype) for name, dtype in dtypes.items()})
        parts = native.shuffle("customer_id").map_partitions(reduce, meta=meta)
        dask_rows: pd.DataFrame = parts.compute()
        return dask_rows.reset_index(drop=True)
    schema = ", ".join(f"{name} {SQL_TYPES[dtype]}" for name, dtype in dtypes.items())
    parts = native.repartition("customer_id").mapInPandas(partial(_whole_part, reduce), schema)
    spark_rows: pd.DataFrame = parts.toPandas()
    return spark_rows


def _whole_part(reduce: Reduce, batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
    """Reduce the batches of a part of Spark together."""
    rows = [batch for batch in batches if len(batch)]
    if rows:
        yield reduce(pd.concat(rows, ignore_index=True))
