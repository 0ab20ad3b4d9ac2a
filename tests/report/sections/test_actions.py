"""Whom to act on."""

import numpy as np
import pandas as pd
import pytest

from cemkit.report import CustomerReport
from cemkit.report.content import Table
from cemkit.report.drafts import Draft
from cemkit.report.sections.actions import write_actions
from cemkit.report.shop import Shop, Tables
from cemkit.targeting import allocate_offers, offer_profit

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def test_profit_is_that_of_the_allocation(
    report: CustomerReport, shop: Shop, tables: dict[str, Table]
) -> None:
    customers = shop.scored.assign(expected_mean_amount=shop.customers["mean_amount"].clip(lower=0))
    profits = offer_profit(customers, shop.tables.offers, 0.05, margin=0.4)  # type: ignore[arg-type]
    found = allocate_offers(profits, budget=100.0)
    numbers = report.table.set_index("name")
    assert np.isclose(numbers.loc["expected_profit", "value"], found.total_profit)
    assert np.isclose(numbers.loc["advantage_profit", "lower"], found.advantage_lower)
    assert tables["offers"].frame["expected_cost"].sum() <= 100.0
    assert "customer_id" not in tables["offers"].frame


def test_the_assumptions_are_said(report: CustomerReport) -> None:
    section = next(section for section in report.content if section.key == "actions")
    assert any("40.0% of revenue" in note for note in section.notes)


def test_what_the_profit_needs_is_named(draft: Draft, shop: Shop) -> None:
    bare = Shop(shop.orders, shop.as_of, Tables(margin=0.4), level=0.95, random_state=0)
    write_actions(draft, bare)
    section = draft.finish()
    assert "The expected profit needs a table of offers, the uplift of an offer." in section.notes
    plan = section.tables[0].frame
    assert plan.loc[plan["segment"] == "Champions", "action"].tolist() == ["reward"]
    assert pd.isna(plan["customers"]).any() or (plan["customers"] >= 10).all()
