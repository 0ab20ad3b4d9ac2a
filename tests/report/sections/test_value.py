"""Lifetime value and the base's forecast."""

import numpy as np
import pytest

from cemkit.clv import CustomerLifetimeValue, forecast_customer_base
from cemkit.data import customer_table
from cemkit.report import CustomerReport
from cemkit.report.content import Table
from cemkit.report.sections.value import DRAWS, HORIZON_DAYS
from cemkit.report.shop import Shop

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def test_values_are_those_of_the_model(report: CustomerReport, shop: Shop) -> None:
    customers = customer_table(shop.orders, shop.as_of)
    clv = CustomerLifetimeValue(margin=0.4).fit(customers).add_to(customers)["clv"]
    numbers = report.table.set_index("name")["value"]
    assert np.isclose(numbers["total_clv"], clv.sum(), rtol=1e-6)
    assert np.isclose(numbers["mean_clv"], clv.mean(), rtol=1e-6)


def test_the_forecast_has_its_interval(report: CustomerReport, shop: Shop) -> None:
    found = forecast_customer_base(
        shop.value, shop.orders, shop.as_of, horizon_days=HORIZON_DAYS, n_draws=DRAWS
    )
    row = report.table.set_index("name").loc["expected_revenue"]
    assert row["value"] == round(found.revenue)
    assert row["lower"] < row["value"] < row["upper"]


def test_small_segments_have_no_value(tables: dict[str, Table]) -> None:
    frame = tables["values"].frame
    assert ((frame["customers"].isna()) | (frame["customers"] >= 10)).all()
    assert frame.loc[frame["customers"].isna(), "total_clv"].isna().all()
