"""Jobs on a cluster of processes, each compared with pandas; run by `test_clusters.py`.

`python tests/data/clusters.py dask` starts a Dask `LocalCluster`, `... spark` PySpark's
`local-cluster[2,1,1024]`. It is a process of its own, as a test session has its own Spark already.
"""

import os
import sys
import warnings
from typing import Any

import numpy as np
import pandas as pd

import cemkit as ck
from cemkit.data import purchase_histories, score

AS_OF = "1997-09-30"
HERE = os.getpid()


class WhereItRan:
    """A model that adds the number of the process in which it scored."""

    feature_names_in_ = np.array(["order_count"], dtype=object)

    def get_feature_names_out(self) -> Any:
        return np.array(["process"], dtype=object)

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        return customers.assign(process=float(os.getpid()))


def check_all(given: Any, orders: pd.DataFrame, read: Any, keep: Any) -> None:
    """Fit and score on the cluster, and compare with pandas."""
    here = ck.customer_table(orders, AS_OF)
    there = keep(ck.customer_table(given, AS_OF, collect=False))
    histories = purchase_histories(there)
    assert histories["customers"].sum() == len(here)
    for model in (ck.BetaGeoModel(), ck.GammaGammaModel()):
        found, expected = (type(model)().fit(table) for table in (there, here))
        np.testing.assert_allclose(found.params_, expected.params_, rtol=1e-7)
        print(type(model).__name__, "fitted", flush=True)
    rfm = ck.RFMSegmenter().fit(there)
    for name, edges in ck.RFMSegmenter().fit(here).edges_.items():
        np.testing.assert_allclose(rfm.edges_[name], edges, rtol=1e-9)
    print("RFM fitted", flush=True)
    for measure in ("retention", "amount"):
        found, expected = (
            ck.segmentation.cohort_table(table, AS_OF, measure=measure).table
            for table in (given, orders)
        )
        pd.testing.assert_frame_equal(found, expected, rtol=1e-9)
    print("cohorts counted", flush=True)
    found, expected = (ck.scorecard(table, AS_OF).table for table in (given, orders))
    pd.testing.assert_frame_equal(found, expected, rtol=1e-9)
    print("indicators summed", flush=True)
    value = ck.CustomerLifetimeValue().fit(here)
    for model in (value, rfm):
        scored = read(score(model, there)).set_index("customer_id").sort_index()
        expected = model.add_to(here)
        for name in set(expected) - set(here):
            if expected[name].dtype.kind == "f":
                np.testing.assert_allclose(scored[name], expected[name], rtol=1e-8)
            else:
                assert scored[name].tolist() == expected[name].tolist()
    processes = set(read(score(WhereItRan(), there))["process"].astype(int))
    assert HERE not in processes
    print("scored in", len(processes), "other processes", flush=True)


def on_dask() -> None:
    import dask.dataframe as dd
    from dask.distributed import Client, LocalCluster

    cluster = LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None, host="127.0.0.1"
    )
    with cluster, Client(cluster):
        orders = ck.load_cdnow("sample")
        given = dd.from_pandas(orders, npartitions=4, sort=False)
        check_all(given, orders, lambda table: table.compute(), lambda table: table.persist())


def on_spark() -> None:
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"
    from pyspark import cloudpickle
    from pyspark.sql import SparkSession

    # Workers need not find this file.
    cloudpickle.register_pickle_by_value(sys.modules[__name__])
    builder = SparkSession.builder.master("local-cluster[2,1,1024]")
    for key, value in {
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.sql.session.timeZone": "UTC",
        "spark.sql.timestampType": "TIMESTAMP_NTZ",
        "spark.sql.execution.arrow.pyspark.enabled": "true",
    }.items():
        builder = builder.config(key, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    orders = ck.load_cdnow("sample")
    given = session.createDataFrame(orders).cache()
    check_all(given, orders, lambda table: table.toPandas(), lambda table: table.cache())
    session.stop()


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    {"dask": on_dask, "spark": on_spark}[sys.argv[1]]()
