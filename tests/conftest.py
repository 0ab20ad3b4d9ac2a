"""What every test has: no display, and the reference data where they are at hand.

The network is blocked by pytest-socket; its options stand in pyproject.toml.
"""

import dataclasses
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator

import cemkit

os.environ.setdefault("MPLBACKEND", "Agg")
# PySpark's workers run the Python of the tests, and talk to it on the loopback interface alone.
os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")


@pytest.fixture(scope="session")
def reference_data() -> Path:
    """Return the folder of published data sets that are too large, or not ours, to ship."""
    folder = os.environ.get("CEMKIT_REFERENCE_DATA")
    if not folder:
        pytest.skip("CEMKIT_REFERENCE_DATA does not name a folder of reference data")
    return Path(folder)


@pytest.fixture(scope="session")
def estimators() -> dict[str, type]:
    """Return every public estimator by its name."""
    rooms = [value for name in dir(cemkit) if hasattr(value := getattr(cemkit, name), "__all__")]
    public = {name: getattr(room, name) for room in rooms for name in room.__all__}
    return {
        name: value
        for name, value in public.items()
        if isinstance(value, type) and issubclass(value, BaseEstimator)
    }


ROWS_AT_ONCE = 100  # one row at a time takes DuckDB a millisecond each


@dataclasses.dataclass(frozen=True)
class Database:
    """A database that scores are computed in, whose tables are made from pandas."""

    dialect: str
    connection: Any

    def load(self, name: str, table: pd.DataFrame) -> None:
        """Make a table anew, missing values as NULL."""
        cells = [
            [None if pd.isna(value) else value for value in table[column].astype(object)]
            for column in table
        ]
        rows = [[plain(cell) for cell in row] for row in zip(*cells, strict=True)]
        types = {column: self._type(table[column]) for column in table}
        named = ", ".join(f'"{quoted(column)}" {kind}' for column, kind in types.items())
        self.run(f'DROP TABLE IF EXISTS "{quoted(name)}"')
        self.run(f'CREATE TABLE "{quoted(name)}" ({named})')
        mark = "%s" if self.dialect == "postgres" else "?"
        marks = "(" + ", ".join(mark for _ in table) + ")"
        for start in range(0, len(rows), ROWS_AT_ONCE):
            some = rows[start : start + ROWS_AT_ONCE]
            query = f'INSERT INTO "{quoted(name)}" VALUES {", ".join([marks] * len(some))}'
            self.connection.cursor().execute(query, [cell for row in some for cell in row])

    def run(self, query: str) -> Any:
        """Run a query."""
        return self.connection.cursor().execute(query)

    def answer(self, query: str) -> pd.DataFrame:
        """Return what a query answers, by customer."""
        found = self.run(query)
        names = [column[0] for column in found.description]
        return pd.DataFrame(found.fetchall(), columns=names).set_index("customer_id")

    def agree(
        self,
        model: Any,
        table: pd.DataFrame,
        *,
        name: str = "customers",
        within: float = 1e-9,
        **options: Any,
    ) -> pd.DataFrame:
        """Assert that each customer has what `add_to` adds, and return it."""
        self.load(name, table)
        answer = self.answer(model.to_sql(self.dialect, table=name, **options))
        options.pop("lookup", None)
        expected = model.add_to(table, **options).set_index("customer_id")
        added = [column for column in expected if column not in table]
        assert sorted(answer.columns) == sorted(added)
        answer = answer.loc[expected.index, added]
        for column in added:
            got, want = answer[column], expected[column]
            assert got.isna().tolist() == want.isna().tolist(), column
            got, want = got.dropna(), want.dropna()
            if pd.api.types.is_float_dtype(want.dtype):
                np.testing.assert_allclose(
                    got.astype(float), want.astype(float), rtol=within, atol=within
                )
            else:
                assert got.tolist() == want.tolist(), column
        return answer

    def _type(self, values: pd.Series) -> str:
        if pd.api.types.is_bool_dtype(values.dtype):
            return "BOOLEAN"
        if pd.api.types.is_integer_dtype(values.dtype):
            return "BIGINT"
        kind = pd.api.types.infer_dtype(values, skipna=True)
        usual = {"decimal": "NUMERIC(18, 4)", "boolean": "BOOLEAN", "integer": "BIGINT"}
        usual |= {"datetime64": "TIMESTAMP", "date": "DATE", "floating": "DOUBLE PRECISION"}
        return usual.get(kind, "TEXT")


def plain(cell: object) -> object:
    """Return a value that drivers know in place of one of numpy."""
    return cell.item() if isinstance(cell, np.generic) else cell


def quoted(name: str) -> str:
    """Return a name for use between quotes."""
    return name.replace('"', '""')


@pytest.fixture(scope="session")
def postgres_socket() -> Iterator[Path]:
    """Start a PostgreSQL of Debian's packages on a socket of its own; stop it in the end."""
    pytest.importorskip("psycopg", reason="psycopg is not installed")
    found = [*sorted(Path("/usr/lib/postgresql").glob("*/bin")), shutil.which("initdb")]
    folders = [Path(one) if Path(one).is_dir() else Path(one).parent for one in found if one]
    if not folders:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    # Its server refuses to run as root, and the path of a socket is short.
    root = os.geteuid() == 0
    user = ["runuser", "-u", "postgres", "--"] if root else []
    home = Path(tempfile.mkdtemp(prefix="cemkit-", dir="/tmp"))
    if root:
        shutil.chown(home, "postgres")
    server = [*user, str(folders[-1] / "pg_ctl"), "-D", str(home / "data"), "-w"]
    start = f"-c listen_addresses= -c unix_socket_directories={home} -c fsync=off"
    try:
        make = [*server[:-1], "initdb", "-o", "-U cemkit -A trust -E UTF8 --locale=C --no-sync"]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL, cwd=home)
        subprocess.run(
            [*server, "-l", str(home / "log"), "-o", start, "start"],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=home,
        )
        try:
            yield home
        finally:
            subprocess.run(
                [*server, "-m", "immediate", "stop"],
                check=True,
                stdout=subprocess.DEVNULL,
                cwd=home,
            )
    finally:
        shutil.rmtree(home)


@pytest.fixture(params=["duckdb", pytest.param("postgres", marks=pytest.mark.exhaustive)])
def database(request: pytest.FixtureRequest) -> Iterator[Database]:
    """Return an empty database of each kind that scores are executed in."""
    pytest.importorskip("sqlglot", reason="sqlglot is not installed")
    if request.param == "duckdb":
        import duckdb

        with duckdb.connect() as connection:
            yield Database("duckdb", connection)
        return
    socket = request.getfixturevalue("postgres_socket")
    import psycopg

    with psycopg.connect(f"host={socket} user=cemkit dbname=postgres") as connection:
        yield Database("postgres", connection)
        connection.rollback()
