"""Orders in Parquet, customers in Parquet, DuckDB in between: the orders never come to memory.

Run it with `python examples/orders_duckdb.py`; it needs DuckDB and PyArrow
(`python -m pip install "cemkit[engines]"`).
"""

import importlib.util
import tempfile
from pathlib import Path

from cemkit import audit_orders, customer_table, prepare_orders, simulate_orders
from cemkit.data import purchase_histories


def main() -> None:
    """Simulate to Parquet, audit, prepare, summarise to Parquet, reduce for a model."""
    missing = [name for name in ("duckdb", "pyarrow") if importlib.util.find_spec(name) is None]
    if missing:
        print(f"This example needs {' and '.join(missing)}.")
        return
    import duckdb  # noqa: PLC0415 - an optional engine

    with tempfile.TemporaryDirectory() as folder:
        written = simulate_orders(300_000, path=Path(folder) / "orders")
        print(f"{written.rows:,} orders in {len(written.table)} files")

        connection = duckdb.connect(config={"memory_limit": "1GB"})
        raw = connection.read_parquet(str(Path(folder) / "orders" / "orders-*.parquet"))
        print(audit_orders(raw, as_of="2023-12-31", n_examples=0), "\n")

        orders = prepare_orders(raw)  # one query of counts; the orders stay where they are
        customers = customer_table(orders, as_of="2023-12-31", collect=False)
        customers.write_parquet(str(Path(folder) / "customers.parquet"))
        print(connection.read_parquet(str(Path(folder) / "customers.parquet")).limit(5))

        histories = purchase_histories(customers)
        share = len(histories) / histories["customers"].sum()
        print(f"{len(histories):,} different purchase histories, {share:.0%} of the customers:")
        print(histories.nlargest(5, "customers").to_string(index=False))


if __name__ == "__main__":
    main()
