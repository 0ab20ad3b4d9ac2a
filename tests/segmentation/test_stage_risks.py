"""stage_value_risk: one table that adds up."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import LifecycleStages
from cemkit.errors import DataError, MissingColumnsError, NotEnoughDataError
from cemkit.segmentation import stage_value_risk

NUMBERS = st.sampled_from([None, 0.0, 0.2, 1 / 3, 0.5, 2 / 3, 1.0])


@settings(max_examples=20, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from(["a", "b", None]), st.sampled_from([None, 1.0, 5.0]), NUMBERS),
        min_size=3,
        max_size=15,
    )
)
def test_everyone_is_in_one_cell_or_counted(rows: list[tuple]) -> None:
    table = pd.DataFrame(rows, columns=["stage", "clv", "churn_probability"])
    table = table.astype({"clv": "float64", "churn_probability": "float64"})
    whole = table.dropna()
    if table["clv"].notna().sum() < 2 or whole.empty:
        return
    found = stage_value_risk(table, n_tiers=2)
    assert found.placed == found.table["customers"].sum() == len(whole)
    assert found.placed + found.no_stage + found.no_value + found.no_risk == len(rows)
    at_risk = (whole["clv"] * whole["churn_probability"]).sum()
    assert found.value_at_risk == pytest.approx(at_risk)
    assert found.table["value_at_risk"].sum() == pytest.approx(at_risk)
    assert found.table["total_value"].sum() == pytest.approx(whole["clv"].sum())
    high = found.table.xs("high", level="exit_risk")["customers"].sum()
    assert high == (whole["churn_probability"] >= 2 / 3).sum()


def test_real_customers(online_retail_customers: pd.DataFrame) -> None:
    customers = LifecycleStages().fit().add_to(online_retail_customers)
    risk = (customers["recency_days"] / 400).clip(0, 1)
    found = stage_value_risk(
        customers.assign(churn_probability=risk), value="total_amount", edges=(0.2, 0.5)
    )
    assert found.placed == len(customers)
    sizes = found.table["customers"].groupby("stage").sum()
    assert sizes.to_dict() == customers["stage"].value_counts().to_dict()
    assert found.table["total_value"].sum() == pytest.approx(customers["total_amount"].sum())


def test_bad_input() -> None:
    table = pd.DataFrame({"stage": ["a", "b"], "clv": [1.0, 2.0], "churn_probability": [0.1, 0.9]})
    with pytest.raises(MissingColumnsError, match="clv"):
        stage_value_risk(table.drop(columns="clv"), n_tiers=2)
    with pytest.raises(DataError, match="churn_probability has 1 value outside 0 to 1"):
        stage_value_risk(table.assign(churn_probability=[2.0, 0.1]), n_tiers=2)
    with pytest.raises(DataError, match="differ in case"):
        stage_value_risk(table.assign(stage=["a", "A"]), n_tiers=2)
    with pytest.raises(
        NotEnoughDataError,
        match="need at least 1 customer with stage, clv and churn_probability, got 0",
    ):
        stage_value_risk(table.assign(churn_probability=np.nan), n_tiers=2)
    for edges in ((0.5,), (0.5, 0.2), (0, 0.5), ("a", "b")):
        with pytest.raises(ValueError, match="edges must be two rising numbers"):
            stage_value_risk(table, n_tiers=2, edges=edges)
