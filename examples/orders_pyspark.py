"""Orders on Spark: summarised there, and scored there with a model fitted here.

Run it with `python examples/orders_pyspark.py`; it needs PySpark and Java
(`python -m pip install "cemkit[engines]"`).
"""

import importlib.util
import os
import shutil
import sys
import warnings

from cemkit import BetaGeoModel, customer_table, load_cdnow, prepare_orders
from cemkit.data import score

AS_OF = "1997-09-30"


def main() -> None:
    """Summarise orders on Spark, and score the customers there."""
    # PySpark announces its own future, which its workers would take for an error.
    warnings.filterwarnings("ignore", module="pyspark")
    os.environ.pop("PYTHONWARNINGS", None)
    if importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        print("This example needs PySpark and Java.")
        return
    from pyspark.sql import SparkSession  # noqa: PLC0415 - an optional engine

    os.environ.setdefault("PYSPARK_PYTHON", sys.executable)
    builder = SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false")
    builder = builder.config("spark.driver.host", "127.0.0.1")
    builder = builder.config("spark.driver.bindAddress", "127.0.0.1")
    builder = builder.config("spark.sql.shuffle.partitions", "2")
    spark = builder.config("spark.sql.session.timeZone", "UTC").getOrCreate()
    spark.sparkContext.setLogLevel("OFF")
    spark.conf.set("spark.sql.execution.arrow.pyspark.enabled", "true")

    # Spark's own timestamps carry a time zone, so it has to be said where days are counted.
    orders = prepare_orders(spark.createDataFrame(load_cdnow("sample")), time_zone="UTC")
    customers = customer_table(orders, as_of=AS_OF, collect=False)

    model = BetaGeoModel().fit(load_cdnow("sample", form="customers"))
    scores = score(model, customers)
    print(scores.toPandas()["alive_probability"].describe().round(3).to_string())
    spark.stop()


if __name__ == "__main__":
    main()
