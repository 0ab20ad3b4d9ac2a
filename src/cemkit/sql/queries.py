"""Queries: a SELECT of customers and columns, in steps that each read the one before."""

import dataclasses
from collections.abc import Mapping, Sequence
from typing import Self

from sqlglot import exp
from sqlglot.dialects.dialect import Dialect, Dialects, NormalizationStrategy

from cemkit.checks import check_text, meant
from cemkit.checks.options import shown
from cemkit.sql.expressions import Expression, all_of, column, identifier

ID = "customer_id"
LOOKUP = "lookup_table"
NO_SQL = {"", "dax", "prql"}
DIALECTS = tuple(sorted({dialect.value for dialect in Dialects} - NO_SQL))
MOST_PARTS = 3  # catalog.schema.table


@dataclasses.dataclass(frozen=True, slots=True)
class Query:
    """Columns of customers, beside their ids."""

    source: exp.Table | exp.Subquery
    columns: Mapping[str, Expression]
    join: exp.Join | None = None
    depth: int = 1

    @classmethod
    def of(cls, table: str, columns: Mapping[str, Expression]) -> Self:
        """Columns of a table, which may be `schema.table`."""
        return cls(named_table(table, "table"), columns)

    def then(self, columns: Mapping[str, Expression]) -> "Query":
        """Columns made from those of this query."""
        source = self._select().subquery(identifier(f"step_{self.depth}"))
        return Query(source, columns, depth=self.depth + 1)

    def joined(
        self, lookup: str, on: Sequence[Expression], columns: Mapping[str, Expression]
    ) -> "Query":
        """Columns made from those of this query, and `looked_up` ones of a table where `on` holds.

        The ids stay those of this query, and a customer who is not in the table has NULL.
        """
        table = named_table(lookup, "lookup")
        table.set("alias", exp.TableAlias(this=identifier(LOOKUP)))
        join = exp.Join(this=table, on=all_of(*on), side="LEFT")
        return dataclasses.replace(self.then(columns), join=join)

    def sql(self, dialect: str) -> str:
        """The query in a dialect, with every name quoted."""
        query = self._select()
        strategy = Dialect.get_or_raise(check_dialect(dialect)).normalization_strategy
        if strategy is NormalizationStrategy.UPPERCASE:
            for name in query.find_all(exp.Identifier):
                if not name.args.get("quoted"):
                    name.set("this", name.name.upper())
        return query.sql(dialect, identify=True, pretty=True)

    def _select(self) -> exp.Select:
        named = [
            exp.Alias(this=value.copy(), alias=identifier(name))
            for name, value in self.columns.items()
        ]
        select = exp.Select(expressions=[column(ID), *named]).from_(self.source)
        return select if self.join is None else select.join(self.join)


def looked_up(name: str) -> Expression:
    """A column of the lookup that a query is joined with."""
    return column(name, LOOKUP)


def check_dialect(dialect: str) -> str:
    """Return the name of a dialect that sqlglot writes."""
    if not isinstance(dialect, str) or dialect not in DIALECTS:
        raise ValueError(
            f"dialect {shown(dialect)} is not known{meant(dialect, DIALECTS)}; it must be one of "
            f"{', '.join(DIALECTS)}"
        )
    return dialect


def named_table(name: str, argument: str) -> exp.Table:
    """A table by its name, its schema before it where there is one."""
    parts = check_text(name, argument).split(".")
    if len(parts) > MOST_PARTS or not all(part.strip() for part in parts):
        raise ValueError(
            f"{argument} must be the name of a table, such as 'customers' or 'shop.customers', not "
            f"{shown(name)}"
        )
    names = [identifier(part) for part in parts]
    return exp.Table(**dict(zip(("this", "db", "catalog"), reversed(names), strict=False)))
