"""Every engine behind one name: a table of pandas, given to the engine and read back."""

import importlib.util
import shutil
from collections.abc import Callable, Iterator
from typing import Any

import pandas as pd
import pytest

Engine = Callable[[pd.DataFrame], Any]
ENGINES = [
    "pandas",
    "pandas-arrow",
    "polars",
    "polars-lazy",
    "pyarrow",
    "duckdb",
    "dask-1",
    "dask-50",
    "pyspark",
]
PACKAGES = {"pandas-arrow": "pyarrow", "polars-lazy": "polars", "dask-1": "dask", "dask-50": "dask"}


@pytest.fixture(scope="session")
def spark() -> Iterator[Any]:
    pytest.importorskip("pyspark", reason="PySpark is not installed")
    if shutil.which("java") is None:
        pytest.skip("PySpark needs Java, which is not installed")
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[2]")
        .config("spark.driver.host", "127.0.0.1")
        .config("spark.driver.bindAddress", "127.0.0.1")
        .config("spark.sql.shuffle.partitions", "2")
        .config("spark.ui.enabled", "false")
        .config("spark.sql.session.timeZone", "UTC")
        .config("spark.sql.timestampType", "TIMESTAMP_NTZ")
        .getOrCreate()
    )
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


def given_to(name: str, request: pytest.FixtureRequest) -> Engine:
    """Return the function that hands a pandas table to the engine of that name."""
    package = PACKAGES.get(name, name)
    if importlib.util.find_spec(package) is None:
        pytest.skip(f"{package} is not installed")
    if name == "pyspark":
        session = request.getfixturevalue("spark")
        return session.createDataFrame
    return GIVEN[name]


def to_polars(table: pd.DataFrame) -> Any:
    import polars as pl

    return pl.from_pandas(table)


def to_pyarrow(table: pd.DataFrame) -> Any:
    import pyarrow as pa

    return pa.Table.from_pandas(table, preserve_index=False)


def to_duckdb(table: pd.DataFrame) -> Any:
    import duckdb

    # A connection of its own: relations of the default one hide what goes wrong elsewhere.
    return duckdb.connect().from_arrow(to_pyarrow(table))


def to_dask(partitions: int) -> Engine:
    def given(table: pd.DataFrame) -> Any:
        import dask.dataframe as dd

        return dd.from_pandas(table, npartitions=partitions, sort=False)

    return given


GIVEN: dict[str, Engine] = {
    "pandas": lambda table: table,
    "pandas-arrow": lambda table: to_pyarrow(table).to_pandas(types_mapper=pd.ArrowDtype),
    "polars": to_polars,
    "polars-lazy": lambda table: to_polars(table).lazy(),
    "pyarrow": to_pyarrow,
    "duckdb": to_duckdb,
    "dask-1": to_dask(1),
    "dask-50": to_dask(50),
}


@pytest.fixture(params=ENGINES)
def engine(request: pytest.FixtureRequest) -> Engine:
    """Hand a pandas table to each engine in turn."""
    return given_to(request.param, request)


@pytest.fixture(params=[name for name in ENGINES if name != "pyspark"])
def quick_engine(request: pytest.FixtureRequest) -> Engine:
    """Hand a pandas table to each engine but PySpark, which takes seconds a test."""
    return given_to(request.param, request)


@pytest.fixture(scope="session")
def given_on(request: pytest.FixtureRequest) -> Callable[[str], Engine]:
    """Return the function that hands a pandas table to the engine of a name."""
    return lambda name: given_to(name, request)
