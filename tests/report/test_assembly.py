"""The page opens whatever the data are, and says what it could not do."""

import importlib.util
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd
import pytest

from cemkit.data import load_cdnow
from cemkit.data.shop_simulation import SimulatedShop
from cemkit.errors import DataError, MissingColumnsError, MissingDependencyError
from cemkit.report import CustomerReport, assembly, customer_report

TEXT_DATES = pd.DataFrame({"customer_id": [1], "order_date": ["2024-01-01"], "amount": [1.0]})
BAD = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)> {{7*7}} ]]> </svg>"


def opened(*inputs: Any, **options: Any) -> CustomerReport:
    report = customer_report(*inputs, **options)
    assert len(report.computed) + len(report.problems) == len(report.content)
    assert len(report.content) == len(assembly.WRITERS)
    page = report.html
    for why in report.problems.values():
        assert why.strip()
        assert "Traceback" not in why
    assert page.endswith("</html>")
    return report


def test_every_section_is_computed_where_its_data_are(report: CustomerReport) -> None:
    assert report.problems == {}
    assert len(report.computed) == 12
    assert report.sentence() == "As of 2023-12-31, 400 customers: 12 of 12 sections."
    assert set(report.tables()) >= {"segments", "cohorts", "calibration", "offers"}


@pytest.mark.usefixtures("undrawn")
def test_one_customer_is_not_told_of(simulated: SimulatedShop) -> None:
    orders = simulated.orders[simulated.orders["customer_id"] == 1]
    report = opened(orders, simulated.as_of)
    assert report.customers is None
    assert set(report.table.loc[report.table["value"].fillna(0) != 0, "name"]) == set()
    for table in report.tables().values():
        numbers = table.select_dtypes("number").drop(columns="age", errors="ignore")
        assert (numbers.fillna(0) == 0).all(axis=None)
    assert report.problems["segments"] == "too few customers (fewer than 10)"
    said = " ".join(report.problems.values())
    said += " ".join(text for part in report.content for text in (*part.sentences, *part.notes))
    assert set(re.findall(r"\d+", said)) <= {"10", "30"}  # the smallest cell, and what is needed
    assert report.problems["actions"] == 'the reason is that of the section "Segments"'


@pytest.mark.usefixtures("undrawn")
@pytest.mark.parametrize("kind", ["one day", "all returns", "no rows"])
def test_data_that_carry_little(simulated: SimulatedShop, kind: str) -> None:
    orders = simulated.orders
    report = opened(
        {
            "one day": orders.assign(order_date=pd.Timestamp("2023-12-31")),
            "all returns": orders.assign(amount=-orders["amount"] - 1),
            "no rows": orders.head(0),
        }[kind],
        simulated.as_of,
    )
    assert "value" in report.problems
    reasons = [why for why in report.problems.values() if "that of the section" not in why]
    assert len(reasons) == len(set(reasons))


@pytest.mark.exhaustive
def test_hostile_names_are_inert(simulated: SimulatedShop, given: dict[str, Any]) -> None:
    people = simulated.people.assign(
        segment=[f"{BAD}{i % 200}" if i % 2 else "长" * 10_000 + str(i) for i in range(400)]
    )
    orders = simulated.orders[simulated.orders["customer_id"] <= 200]
    variant = given["experiment"]["variant"].replace({"treatment": BAD})
    events = given["events"].assign(event=given["events"]["event"].replace({"cart": BAD}))
    report = opened(
        orders,
        simulated.as_of,
        people=people,
        promotions=given["promotions"].assign(name=[BAD, "n" * 10_000]),
        experiment=given["experiment"].assign(variant=variant),
        events=events,
        language="zh",
        minimum_cell=1,
    )
    assert "<script" not in report.html
    assert "<img" not in report.html
    assert "{{" in report.html  # as text
    assert "<script" not in report.to_markdown().replace("\\<script", "")
    assert 'lang="zh-CN"' in report.html


@pytest.mark.usefixtures("undrawn")
def test_wrong_optional_tables_are_said_in_their_sections(
    simulated: SimulatedShop, only: Callable[..., None]
) -> None:
    only("promotions", "experiments", "feedback", "journey")
    wrong: dict[str, Any] = {
        "responses": 3,
        "events": "events",
        "experiment": pd.DataFrame({"converted": [1]}),
        "promotions": pd.DataFrame({"name": ["x"]}),
    }
    problems = opened(simulated.orders, simulated.as_of, **wrong).problems
    assert "responses must be a pandas DataFrame, not int" in problems["feedback"]
    assert "events must be" in problems["journey"]
    assert "the table lacks 'variant'" in problems["experiments"]
    assert "'start_date'" in problems["promotions"]


@pytest.mark.parametrize(
    ("option", "error", "said"),
    [
        ({"orders": [1]}, TypeError, "orders must be"),
        ({"orders": pd.DataFrame({"amount": [1]})}, MissingColumnsError, "'customer_id'"),
        ({"orders": TEXT_DATES}, DataError, "order_date must hold dates.*prepare_orders"),
        ({"questions": ["nps"]}, TypeError, "questions must be a dict"),
        ({"as_of": "soon"}, ValueError, "as_of"),
        ({"language": "fr"}, ValueError, "language"),
        ({"minimum_cell": 0}, ValueError, "minimum_cell"),
        ({"margin": 2}, ValueError, "margin"),
        ({"margin": 0}, ValueError, "margin must lie strictly between 0 and 1"),
        ({"margin": 1.0}, ValueError, "margin must lie strictly between 0 and 1"),
        ({"budget": -1}, ValueError, "budget"),
        ({"budget": 0}, ValueError, "budget must be above 0"),
        ({"confidence_level": 95}, ValueError, "confidence_level"),
        ({"name_customers": "no"}, TypeError, "name_customers"),
        ({"random_state": "a"}, TypeError, "random_state"),
        ({"progress": "no"}, TypeError, "progress"),
    ],
)
def test_bad_parameters(option: dict[str, Any], error: type[Exception], said: str) -> None:
    sound: dict[str, Any] = {"orders": load_cdnow("sample"), "as_of": "1998-06-30"}
    with pytest.raises(error, match=said):
        customer_report(**{**sound, **option})


@pytest.mark.usefixtures("undrawn")
def test_ids_may_stand_in_the_index(
    simulated: SimulatedShop, given: dict[str, Any], only: Callable[..., None]
) -> None:
    only("feedback", "experiments")
    tables = {name: given[name] for name in ("responses", "experiment")}
    tables |= {"people": simulated.people, "contacts": simulated.contacts}
    plain = customer_report(simulated.orders, simulated.as_of, **tables)
    indexed = {name: table.set_index("customer_id") for name, table in tables.items()}
    again = customer_report(simulated.orders.set_index("customer_id"), simulated.as_of, **indexed)
    assert not again.problems
    pd.testing.assert_frame_equal(plain.table, again.table)
    assert plain.to_json() == again.to_json()


@pytest.mark.exhaustive
@pytest.mark.usefixtures("undrawn")
def test_engines_and_row_order_give_the_same_numbers(
    simulated: SimulatedShop, report: CustomerReport, given: dict[str, Any]
) -> None:
    relation = duckdb.from_df(simulated.orders.sample(frac=1, random_state=3))
    other = customer_report(relation, simulated.as_of, **given)
    pd.testing.assert_frame_equal(other.table, report.table, rtol=1e-6)


@pytest.mark.usefixtures("undrawn")
def test_customers_are_named_when_asked(
    simulated: SimulatedShop,
    given: dict[str, Any],
    report: CustomerReport,
    only: Callable[..., None],
) -> None:
    only("actions")
    assert "targets" not in report.tables()
    options = {name: given[name] for name in ("offers", "uplift", "margin")}
    named = customer_report(simulated.orders, simulated.as_of, **options, name_customers=True)
    profits = named.tables()["targets"]["profit"].to_numpy()
    assert len(profits) == 20
    assert (profits[:-1] >= profits[1:]).all()


def test_the_page_is_written(report: CustomerReport, tmp_path: Path) -> None:
    path = report.to_html(tmp_path / "page.html")
    assert path.read_text("utf-8") == report.html


def test_what_is_missing_is_named_with_its_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    found = importlib.util.find_spec

    def without(name: str) -> Any:
        return None if name == "jinja2" else found(name)

    monkeypatch.setattr(importlib.util, "find_spec", without)
    with pytest.raises(MissingDependencyError, match=r"pip install cemkit\[report\]"):
        customer_report(load_cdnow("sample"), "1998-06-30")
