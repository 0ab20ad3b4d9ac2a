"""A DuckDB relation keeps every column to the last digit, whatever its type, and stays lazy."""

from typing import Any

import numpy as np
import pytest

from cemkit import BetaGeoModel
from cemkit.data import score

duckdb = pytest.importorskip("duckdb")

MODEL = BetaGeoModel.from_parameters(r=0.24, alpha=30.9, a=0.79, b=2.43)
ROWS = """
SELECT i::HUGEINT * 17014118346046923173168730371588 AS customer_id,
    CASE WHEN i % 3 = 0 THEN NULL ELSE 9007199254740993 + i END AS "whole ""number"" 数",
    (i * 1.5)::DECIMAL(18, 4) AS money, DATE '2020-01-01' + i::INT AS day,
    TIMESTAMP '2020-01-01' + INTERVAL (i) HOUR AS moment,
    CASE WHEN i % 2 = 0 THEN '' WHEN i % 5 = 0 THEN NULL ELSE 'x''y"=中' || i END AS words,
    [i, NULL] AS list, {'a': i, 'b': 'it''s "q", {x}'} AS struct, MAP {'k, 1': i} AS map,
    i % 2 = 0 AS flag, 'nan'::DOUBLE AS nan, 1 / 3 + i AS fraction, NULL::INT AS nothing,
    uuid() AS uuid, '\\xAA'::BLOB AS bytes, INTERVAL 3 DAY AS span,
    0::BIGINT AS repeat_count, (i % 7)::INTEGER AS recency_days,
    (i % 7)::DECIMAL(9, 2) AS tenure_days
FROM range(5000) t(i)
"""


@pytest.fixture(scope="module")
def connection() -> Any:
    connection = duckdb.connect()
    connection.execute(f"CREATE TABLE customers AS {ROWS}")
    return connection


def test_each_column_comes_back_as_it_was(connection: Any) -> None:
    given = connection.table("customers")
    scored = score(MODEL, given)
    assert scored.columns == [*given.columns, "alive_probability", "expected_purchases"]
    assert list(map(str, scored.types)) == [*map(str, given.types), "DOUBLE", "DOUBLE"]
    back = scored.project(", ".join('"' + name.replace('"', '""') + '"' for name in given.columns))
    assert len(back.except_(given)) == len(given.except_(back)) == 0
    found = np.array(scored.select("recency_days", "expected_purchases").fetchall())
    plain = given.select("customer_id", "repeat_count", "recency_days", "tenure_days").df()
    expected = MODEL.expected_purchases(plain.drop(columns="customer_id"), 365)
    np.testing.assert_allclose(found[:, 1], expected, rtol=1e-12)


def test_the_relation_stays_in_its_connection(connection: Any) -> None:
    scored = score(MODEL, connection.table("customers")).set_alias("scored")
    joined = scored.join(connection.table("customers").set_alias("other"), "customer_id")
    assert len(joined) == 5000
    assert len(score(MODEL, connection.table("customers").filter("false"))) == 0


def test_a_relation_of_the_default_connection_is_scored() -> None:
    scored = score(MODEL, duckdb.sql(f"SELECT * FROM ({ROWS}) LIMIT 3"))
    assert len(scored.fetchall()) == 3
