"""Expressions mean in a database what they mean in Python."""

import math

import pytest
from scipy.special import expit

pytest.importorskip("sqlglot", reason="sqlglot is not installed")
duckdb = pytest.importorskip("duckdb")

from cemkit.sql import expressions as sql  # noqa: E402


def value_of(expression, **columns):
    """Compute an expression of columns in DuckDB."""
    with duckdb.connect() as connection:
        named = ", ".join(f'? AS "{name}"' for name in columns) or "1 AS nothing"
        query = f"SELECT {expression.sql('duckdb', identify=True)} FROM (SELECT {named})"
        return connection.execute(query, list(columns.values())).fetchone()[0]


@pytest.mark.parametrize(
    "value",
    [0.0, 1.0, -2.5, 0.1, 1 / 3, -1e-300, 5e-324, 1.7976931348623157e308, 12345.6789],
)
def test_a_number_keeps_its_last_digit(value) -> None:
    assert value_of(sql.number(value)) == value


@pytest.mark.parametrize(
    "value", ["", "O'Hara", 'a"b', "\\", "\\'; DROP TABLE x; --", "中文", "%s\n"]
)
def test_a_text_is_itself(value) -> None:
    assert value_of(sql.text(value)) == value


@pytest.mark.parametrize("name", ["a", "Group", "select", "a b", 'we"ird', "客户", "x; --"])
def test_a_column_is_quoted(name) -> None:
    with duckdb.connect() as connection:
        connection.execute('CREATE TABLE t ("{}" INT)'.format(name.replace('"', '""')))
        connection.execute("INSERT INTO t VALUES (7)")
        written = sql.column(name).sql("duckdb", identify=True)
        assert connection.execute(f"SELECT {written} FROM t").fetchone() == (7,)


@pytest.mark.parametrize(
    ("value", "real", "known"),
    [(None, None, 9.0), (math.nan, None, 9.0), (math.inf, None, None), (-math.inf, None, None)]
    + [(value, value, value) for value in (0.0, -3.5, 1e308)],
)
def test_what_is_no_finite_number(value, real, known) -> None:
    query = "SELECT {} FROM (SELECT CAST(? AS DOUBLE) AS x)"
    for expression, wanted in (
        (sql.real("x"), real),
        (sql.known_or(sql.column("x"), 9.0), known),
    ):
        with duckdb.connect() as connection:
            found = connection.execute(query.format(expression.sql("duckdb")), [value]).fetchone()
        assert found == (wanted,)


@pytest.mark.parametrize("dialect", ["duckdb", "postgres"])
@pytest.mark.parametrize(("value", "wanted"), [(True, 1.0), (False, 0.0), (0.3, 0.3), (7, 7.0)])
def test_truth_values_are_numbers(dialect, value, wanted) -> None:
    assert value_of(sql.number_or_flag("x", dialect), x=value) == wanted


def test_sums_of_many_terms_are_not_nested_too_deep() -> None:
    assert value_of(sql.total([sql.number(1.0)] * 2000)) == 2000
    assert value_of(sql.total([])) == 0


@pytest.mark.parametrize("value", [-800.0, -1.0, -1e-2, -1e-5, 0.0, 1e-9, 9.99e-3, 0.5, 600.0])
def test_exponentials(value) -> None:
    x = sql.column("x")
    relative = value_of(sql.relative_exponential(x), x=value)
    assert relative == pytest.approx(math.expm1(value) / value if value else 1.0, rel=1e-12)
    odds = value_of(sql.probability_of(x), x=value)
    assert odds == pytest.approx(expit(value), rel=1e-12, abs=1e-300)


@pytest.mark.parametrize(
    ("value", "wanted"), [(None, None), (0, 0), (1, 1), (1.5, 2), (2, 2), (9, 3)]
)
def test_limits_passed(value, wanted) -> None:
    limits = [(2.5, False), (1.0, False), (1.0, True)]
    assert value_of(sql.count_passed(sql.column("x"), limits), x=value) == wanted


def test_operations_stand_in_the_order_that_is_meant() -> None:
    a, b, c = (sql.column(name) for name in "abc")
    meant = sql.over(sql.times(sql.minus(a, b), sql.total([b, c])), sql.power(c, sql.minus(a, c)))
    assert value_of(meant, a=5.0, b=2.0, c=3.0) == pytest.approx(3 * 5 / 9)
    assert value_of(sql.minus(a, sql.minus(b, c)), a=5.0, b=2.0, c=3.0) == 6
    assert value_of(sql.over(a, sql.times(b, c)), a=12.0, b=2.0, c=3.0) == 2
