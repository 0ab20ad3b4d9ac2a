"""Queries name what they are given, in every dialect, and refuse what is none."""

import re
import sys

import pytest

sqlglot = pytest.importorskip("sqlglot", reason="sqlglot is not installed")

from cemkit.errors import MissingDependencyError  # noqa: E402
from cemkit.segmentation import LifecycleStages, RFMSegmenter  # noqa: E402
from cemkit.sql.expressions import column, number, times  # noqa: E402
from cemkit.sql.queries import DIALECTS, Query, looked_up  # noqa: E402

EDGES = {"recency_days": [30], "order_count": [2], "total_amount": [9.5]}


def query(table: str = "customers") -> Query:
    first = Query.of(table, {"own_x": column("Größe"), "own_y": column("visits")})
    return first.joined(
        "shop.look up",
        [column("own_x").eq(looked_up("x"))],
        {"Wert": times(number(-2), looked_up("y"))},
    )


@pytest.mark.parametrize("dialect", DIALECTS)
def test_each_dialect_reads_what_is_written_in_it(dialect) -> None:
    written = query("shop.顾客").sql(dialect)
    parsed = sqlglot.parse_one(written, dialect=dialect)
    assert [one.lower() for one in parsed.named_selects] == ["customer_id", "wert"]
    tables = {table.name.lower() for table in parsed.find_all(sqlglot.exp.Table)}
    assert tables == {"顾客", "look up"}


def test_names_in_lower_case_follow_the_dialect_and_others_stay() -> None:
    assert '"CUSTOMER_ID"' in query().sql("snowflake")
    assert '"Größe"' in query().sql("snowflake")
    assert '"customer_id"' in query().sql("postgres")
    assert "`customer_id`" in query().sql("bigquery")


@pytest.mark.parametrize(
    ("dialect", "hint"),
    [
        ("postgresql", "did you mean 'postgres'"),
        ("duck", "'duckdb'"),
        (None, ""),
        ("", ""),
    ],
)
def test_an_unknown_dialect_is_refused_with_its_neighbour(dialect, hint) -> None:
    with pytest.raises(ValueError, match=f"dialect {dialect!r} is not known.*{hint}.*one of"):
        query().sql(dialect)


@pytest.mark.parametrize("table", ["", " ", 5, None])
def test_a_table_has_a_name(table) -> None:
    with pytest.raises(TypeError, match="table must be text"):
        query(table)


@pytest.mark.parametrize("table", ["a.b.c.d", "a..b", "."])
def test_a_table_has_a_name_of_three_parts_at_most(table) -> None:
    with pytest.raises(ValueError, match="table must be the name of a table"):
        query(table)


def test_nothing_in_a_name_ends_the_name() -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        name = 'x" WHERE 1=0; DROP TABLE y; --'
        connection.execute('CREATE TABLE "{}" (customer_id INT)'.format(name.replace('"', '""')))
        connection.execute("CREATE TABLE y (z INT)")
        assert connection.execute(Query.of(name, {}).sql("duckdb")).fetchall() == []
        assert connection.execute("SELECT count(*) FROM y").fetchone() == (0,)


def test_without_sqlglot_the_command_is_named(monkeypatch) -> None:
    for name in [name for name in sys.modules if re.match(r"cemkit\..*\bsql", name)]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "sqlglot", None)
    with pytest.raises(MissingDependencyError, match=r"python -m pip install cemkit\[sql\]"):
        LifecycleStages().fit().to_sql()


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_model_is_read_in_each_dialect(dialect) -> None:
    import pandas as pd

    table = pd.DataFrame(
        {"recency_days": [1, 50], "order_count": [1, 5], "total_amount": [1.0, 20.0]}
    )
    written = RFMSegmenter(2, edges=EDGES, segments="tiers").fit(table).to_sql(dialect)
    assert len(sqlglot.parse_one(written, dialect=dialect).named_selects) == 5


def test_an_unfitted_model_is_refused() -> None:
    from sklearn.exceptions import NotFittedError

    with pytest.raises(NotFittedError):
        RFMSegmenter().to_sql()
