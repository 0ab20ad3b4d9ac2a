"""One simulated shop, and the report of all its tables, for every test of the room."""

from collections.abc import Callable
from typing import Any

import pandas as pd
import pytest

from cemkit.data import simulate_experiment, simulate_shop
from cemkit.data.shop_simulation import SimulatedShop
from cemkit.report import CustomerReport, assembly, customer_report
from cemkit.report.content import Table
from cemkit.report.drafts import Draft, Terms
from cemkit.report.shop import Shop, Tables

STEPS = ["visit", "view", "cart", "order"]
PROMOTIONS = pd.DataFrame(
    {
        "name": ["spring", "autumn"],
        "start_date": ["2023-04-10", "2023-09-04"],
        "end_date": ["2023-04-16", "2023-09-10"],
        "size": [0.1, 0.2],
    }
)


@pytest.fixture(scope="session")
def simulated() -> SimulatedShop:
    return simulate_shop(400, random_state=1)


@pytest.fixture(scope="session")
def given(simulated: SimulatedShop) -> dict[str, Any]:
    """Every optional table of the shop."""
    begins, ends = pd.Timestamp("2024-01-01"), pd.Timestamp("2024-03-01")
    return {
        "promotions": PROMOTIONS,
        "experiment": simulate_experiment(1000).table,
        "responses": simulated.responses,
        "events": simulated.events[simulated.events["event_time"] >= "2023-10-01"],
        "steps": STEPS,
        "contacts": simulated.contacts,
        "offers": simulated.offers.assign(valid_from=begins, valid_until=ends),
        "uplift": 0.05,
        "budget": 100.0,
        "margin": 0.4,
    }


@pytest.fixture(scope="session")
def report(simulated: SimulatedShop, given: dict[str, Any]) -> CustomerReport:
    """The report of all tables; of its pictures, which take half of the time, two are drawn."""
    drawn = assembly._drawer()

    def some(result: Any, kind: Any, key: str, *said: Any, **options: Any) -> str:
        shown = key in {"p-indicators", "p-funnel"}
        return drawn(result, kind, key, *said, **options) if shown else "<svg></svg>"

    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(assembly, "_drawer", lambda: some)
        return customer_report(simulated.orders, simulated.as_of, **given)


@pytest.fixture(scope="session")
def html(report: CustomerReport) -> str:
    return report.html


@pytest.fixture(scope="session")
def tables(report: CustomerReport) -> dict[str, Table]:
    return {table.key: table for section in report.content for table in section.tables}


@pytest.fixture(scope="session")
def shop(simulated: SimulatedShop, given: dict[str, Any]) -> Shop:
    end = pd.Timestamp(simulated.as_of)
    return Shop(simulated.orders, end, Tables(**given), level=0.95, random_state=0)


@pytest.fixture
def undrawn(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave out the pictures, which take half of the time."""
    monkeypatch.setattr(assembly, "_drawer", lambda: lambda *_, **__: "<svg></svg>")


@pytest.fixture
def only(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Leave out all sections but those named."""

    def leave(*keys: str) -> None:
        monkeypatch.setattr(assembly, "WRITERS", {key: assembly.WRITERS[key] for key in keys})

    return leave


@pytest.fixture
def terms() -> Terms:
    return Terms(
        language="en",
        confidence_level=0.95,
        smallest=10,
        name_customers=False,
        draw=lambda *_, **__: "<svg></svg>",
        ids=lambda: frozenset({"ann", "17", *map(str, range(100, 120))}),
    )


@pytest.fixture
def draft(terms: Terms) -> Draft:
    return Draft("holdings", terms)
