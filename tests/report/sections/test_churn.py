"""Churn risk."""

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from cemkit.churn import label_churn
from cemkit.data import customer_table
from cemkit.report import CustomerReport
from cemkit.report.content import Table
from cemkit.report.shop import Shop

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def test_the_auc_is_out_of_time(report: CustomerReport, shop: Shop) -> None:
    """Against scikit-learn, on the day that the model has not seen."""
    seen = shop.churn
    features = customer_table(shop.orders, seen.tested_as_of, include="activity")
    labels = label_churn(shop.orders, seen.tested_as_of, seen.window_days, data_until=shop.as_of)
    score = seen.model.add_to(features)["churn_probability"]
    row = report.table.set_index("name").loc["roc_auc"]
    assert np.isclose(row["value"], roc_auc_score(labels, score.reindex(labels.index)))
    assert row["lower"] < row["value"] < row["upper"]


def test_calibration_hides_groups_of_few(tables: dict[str, Table]) -> None:
    frame = tables["calibration"].frame.dropna(subset=["churn_rate"])
    churned = (frame["churn_rate"] * frame["customers"]).round()
    for sizes in (churned, frame["customers"] - churned):
        assert ((sizes == 0) | (sizes >= 10)).all()


def test_risks_sum_to_the_expected_churners(report: CustomerReport, shop: Shop) -> None:
    expected = shop.scored["churn_probability"].sum()
    assert report.table.set_index("name")["value"]["expected_churners"] == np.round(expected)
