"""Conditions on customers in SQL: for whom all clauses about who somebody is hold."""

import functools
import operator
from typing import TYPE_CHECKING

import pandas as pd

from cemkit.checks import check_as_of, check_frame
from cemkit.checks.options import shown
from cemkit.data.column_values import ColumnValues
from cemkit.data.conditions import FLAGS, Bought, Compared, as_number, in_width_of, read_state

if TYPE_CHECKING:
    from cemkit.sql.expressions import Expression

HOLDS = "holds"


def condition_to_sql(
    when: str, customers: pd.DataFrame, *, dialect: str = "duckdb", table: str = "customers"
) -> str:
    """Return a SQL query that evaluates a condition for each customer in the database.

    The condition describes customers, in the language of the rules of `fire_triggers` and of the
    column `eligible` of offers: `"segment = At risk and clv >= 100"`. Clauses that compare two
    snapshots (`becomes`, `rose by`, `due`) or count purchases raise an error, because they cannot
    be computed from one table.

    Args:
        when: Condition, as in `"segment = At risk and clv >= 100"`.
        customers: Some rows of the table, from which the types of the columns are read (numbers,
            dates, booleans or text).
        dialect: SQL dialect, such as `"duckdb"`, `"postgres"`, `"bigquery"`, `"snowflake"` or
            `"spark"`.
        table: Name of a table with `customer_id` and the columns of the condition, with its schema
            where needed, as in `"shop.customers"`.

    Returns:
        A query that returns `customer_id` and `holds`: true, false, or NULL where a missing value
        leaves it unknown. The customers with true are those that `eligible_customers` finds.

    Raises:
        ValueError: The condition cannot be read, compares two snapshots or counts purchases, the
            dialect is unknown, or `table` is not a name.
        MissingColumnsError: The condition needs a column that `customers` lacks.
        MissingDependencyError: sqlglot is not installed.

    Warns:
        CemkitWarning: The condition asks for a text that occurs in none of these rows.

    Examples:
        >>> customers = pd.DataFrame({"customer_id": [1, 2, 3], "clv": [250.0, 40.0, None]})
        >>> import duckdb
        >>> query = condition_to_sql("clv >= 100", customers)
        >>> duckdb.sql(query).order("customer_id").fetchall()
        [(1, True), (2, False), (3, None)]
    """
    from cemkit.sql.queries import Query  # noqa: PLC0415 - sqlglot

    check_frame(customers, "customers")
    values = ColumnValues(customers, "customers", customers.index)
    clauses = []
    for clause in read_state(when, "when").clauses:
        if isinstance(clause, Bought):
            raise ValueError(
                f"when={shown(when)} counts purchases, which are in the orders and not in "
                "the customer table; use eligible_customers with orders="
            )
        if isinstance(clause, Compared):
            clauses.append(_compared(clause, values))
    return Query.of(table, {HOLDS: functools.reduce(operator.and_, clauses)}).sql(dialect)


def _compared(clause: Compared, values: ColumnValues) -> "Expression":
    """One comparison, by what its column holds; NULL where the value is missing."""
    from cemkit.sql import expressions as sql  # noqa: PLC0415 - sqlglot

    clause.truth(values)  # raises what it raises on these customers
    name, value, kind = clause.column, clause.value, values.kind(clause.column)
    limit = as_number(value)
    if kind == "words" and clause.sign in ("=", "!="):
        return sql.signed(clause.sign, sql.known_text(name), sql.text(value))
    if kind == "days" or (limit is None and kind == "numbers"):
        return sql.signed(clause.sign, sql.day_of(name), sql.day(check_as_of(value, name)))
    if kind == "flags":
        flag = FLAGS.get(value.casefold())
        limit = limit if flag is None else float(flag)
        return sql.signed(clause.sign, sql.flag_number(name), sql.number(limit or 0.0))
    narrow = float(in_width_of(limit or 0.0, values.numbers(name)))
    return sql.signed(clause.sign, sql.ordered(name), sql.number(narrow))
