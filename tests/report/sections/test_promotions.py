"""Promotions."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.data.shop_simulation import SimulatedShop
from cemkit.forecasting import sales_from_orders
from cemkit.impact import promotion_effect, promotion_profit
from cemkit.report import CustomerReport, customer_report
from cemkit.report.content import Table

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def test_lift_and_profit_are_those_of_their_room(
    report: CustomerReport,
    simulated: SimulatedShop,
    given: dict[str, Any],
    tables: dict[str, Table],
) -> None:
    weeks = sales_from_orders(simulated.orders, "week", end=simulated.as_of, partial="keep").iloc[
        1:
    ]
    effect = promotion_effect(weeks, given["promotions"])
    profit = promotion_profit(effect, margin=0.4, discount=0.15)
    numbers = report.table.set_index("name")["value"]
    assert np.isclose(numbers["promotion_lift_amount"], effect.lift_amount)
    assert np.isclose(numbers["promotion_net_profit"], profit.net_profit)
    assert len(tables["promotions"].frame) == 2


def test_the_discount_is_an_assumption_that_is_said(report: CustomerReport) -> None:
    section = next(section for section in report.content if section.key == "promotions")
    assert any("15.0%" in note for note in section.notes)


BUYERS = {"autumn": 30, "clearance": 30, "members": 4, "spring": 30}
WEEKS = {"autumn": "2023-09-04", "clearance": "2023-11-06", "members": "2023-07-03"}
WEEKS |= {"spring": "2023-04-10"}


def shop_with(buyers: dict[str, int]) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Orders of forty customers a week, but of few in the weeks of some promotions."""
    rng = np.random.default_rng(3)
    starts = {name: pd.Timestamp(WEEKS[name]) for name in buyers}
    few = {start: buyers[name] for name, start in starts.items()}
    rows = [
        (customer, week + pd.Timedelta(days=customer % 7), rng.normal(30, 2))
        for week in pd.date_range("2023-01-02", periods=56, freq="7D")
        for customer in range(few.get(week, 40))
    ]
    orders = pd.DataFrame(rows, columns=["customer_id", "order_date", "amount"])
    promotions = pd.DataFrame({"name": [*starts], "start_date": [*starts.values()]})
    ends = promotions["start_date"] + pd.Timedelta(days=6)
    return orders, promotions.assign(end_date=ends, size=0.1)


def report_of(buyers: dict[str, int], minimum_cell: int = 10) -> CustomerReport:
    orders, promotions = shop_with(buyers)
    return customer_report(
        orders, "2024-01-28", promotions=promotions, margin=0.4, minimum_cell=minimum_cell
    )


def test_a_promotion_of_few_buyers_is_not_shown(
    undrawn: None, only: Callable[..., None], tmp_path: Path
) -> None:
    """Nor is the next smallest, which the total would give it away with; in every form."""
    only("promotions")
    every = report_of(BUYERS, minimum_cell=1)
    open_rows = every.tables()["promotions"].set_index("promotion")
    report = report_of(BUYERS)
    shown = report.tables()["promotions"].set_index("promotion")
    hidden = shown["lift_amount"].isna()
    assert hidden["members"]
    assert hidden.sum() == 2
    section = report.content[0]
    assert not section.pictures
    assert every.content[0].pictures
    assert report.table.set_index("name").loc["promotion_lift_amount", "suppressed"] == np.False_
    report.to_parquet(tmp_path)
    saved = pd.read_parquet(tmp_path / "promotions_promotions.parquet").set_index("promotion")
    assert saved.loc[hidden].isna().all(axis=None)
    rows = json.loads(report.to_json())["sections"][0]["tables"][0]["rows"]
    for row in rows:
        kept = {name for name, value in row.items() if value is not None}
        assert (kept == {"promotion"}) == hidden[row["promotion"]]
    amounts = [f"{value:,.0f}" for value in open_rows["actual_amount"]]
    for text in (report.html, report.to_markdown()):
        seen = [amount in text for amount in amounts]
        assert seen == (~hidden.loc[open_rows.index]).tolist()


@pytest.mark.parametrize("buyers", [{"members": 4}, {"members": 4, "spring": 3}])
def test_totals_of_few_buyers_are_not_shown(
    undrawn: None, only: Callable[..., None], buyers: dict[str, int]
) -> None:
    only("promotions")
    report = report_of(buyers)
    assert report.table["suppressed"].all()
    assert report.table["value"].isna().all()
    assert "promotion_net_profit" in set(report.table["name"])
    assert all("fewer than 10" in sentence for sentence in report.content[0].sentences)
    assert json.loads(report.to_json())["sections"][0]["numbers"][0]["value"] is None
