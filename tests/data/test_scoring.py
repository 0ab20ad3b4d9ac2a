"""A fitted model scores customers where they live: partition by partition, without a copy here."""

import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, customer_table, load_cdnow

AS_OF = "1997-09-30"


@pytest.fixture(scope="module")
def model() -> BetaGeoModel:
    return BetaGeoModel().fit(load_cdnow("sample", form="customers"))


def scored(model: BetaGeoModel, rows: pd.DataFrame) -> pd.DataFrame:
    probability = model.alive_probability(rows.set_index("customer_id"))
    return pd.DataFrame(
        {"customer_id": rows["customer_id"], "alive_probability": np.asarray(probability)}
    )


def same_as_in_memory(model: BetaGeoModel, scores: pd.DataFrame, orders: pd.DataFrame) -> None:
    customers = customer_table(orders, AS_OF)
    expected = model.alive_probability(customers)
    found = scores.set_index("customer_id")["alive_probability"].sort_index()
    assert found.index.tolist() == customers.index.tolist()
    np.testing.assert_allclose(found, np.asarray(expected), rtol=1e-12)


def test_dask_partitions_are_scored_where_they_are(given_on: Any, model: BetaGeoModel) -> None:
    orders = load_cdnow("sample")
    customers = customer_table(given_on("dask-50")(orders), AS_OF, collect=False)
    meta = {"customer_id": "int64", "alive_probability": "float64"}
    scores = customers.map_partitions(lambda rows: scored(model, rows), meta=meta)
    same_as_in_memory(model, scores.compute(), orders)


def test_spark_partitions_are_scored_where_they_are(spark: Any, model: BetaGeoModel) -> None:
    orders = load_cdnow("sample").head(300)
    customers = customer_table(spark.createDataFrame(orders), AS_OF, collect=False)
    # Workers need not find this file, nor mistake another package of the name `tests` for it.
    pytest.importorskip("pyspark").cloudpickle.register_pickle_by_value(sys.modules[__name__])

    def score(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for rows in batches:
            yield scored(model, rows)

    scores = customers.mapInPandas(score, "customer_id long, alive_probability double")
    same_as_in_memory(model, scores.toPandas(), orders)
