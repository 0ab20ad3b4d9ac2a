"""Scores as SQL: expressions, and the query that answers with them.

Models turn what they have learnt into expressions here, so that a number, a missing value and a
name are written in one way; sqlglot quotes them and writes the query in a dialect. It is loaded
when a query is asked for.
"""

from cemkit.errors import MissingDependencyError

try:
    import sqlglot  # noqa: F401 - only whether it is there
except ImportError as error:
    raise MissingDependencyError("cemkit[sql]") from error
