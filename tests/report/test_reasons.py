"""Reasons in the words of the page: no English is left on a Chinese page."""

import dataclasses
import re
from collections import Counter
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.catalogue import languages, words
from cemkit.data.shop_simulation import SimulatedShop
from cemkit.report import customer_report
from cemkit.report.content import Section
from cemkit.report.drafts import Draft, Terms
from cemkit.report.reasons import REASONS, THINGS, reworded

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")

ENGLISH = re.compile(r"[A-Za-z'-]+(?: [A-Za-z'-]+){2,}")  # three words or more
NUMBER = re.compile(r"\d[\d,.:/-]*\d|\d")
OF_ORDERS = ("holdings", "indicators", "revenue", "segments", "cohorts", "value", "churn")
ODD_ORDERS: dict[str, Callable[[pd.DataFrame], pd.DataFrame]] = {
    "no rows": lambda orders: orders.head(0),
    "one row": lambda orders: orders.head(1),
    "two rows": lambda orders: orders.head(2),
    "five customers": lambda orders: orders[orders["customer_id"] <= 5],
    "one day": lambda orders: orders.assign(order_date=pd.Timestamp("2023-05-05")),
    "one order each": lambda orders: orders.drop_duplicates("customer_id"),
    "one week": lambda orders: orders[orders["order_date"] >= "2023-12-25"],
    "only returns": lambda orders: orders.assign(amount=-1.0),
    "free": lambda orders: orders.assign(amount=0.0),
    "one amount": lambda orders: orders.assign(amount=5.0),
    "no amounts": lambda orders: orders.assign(amount=np.nan),
    "no customers": lambda orders: orders.assign(customer_id=None),
    "later": lambda orders: orders.assign(order_date=pd.Timestamp("2030-05-05")),
    "long ago": lambda orders: orders.assign(
        order_date=orders["order_date"] - pd.Timedelta("1500D")
    ),
}
Change = Callable[[pd.DataFrame], Any]
ODD_TABLES: list[tuple[str, str, Change]] = [
    ("promotions", "promotions", lambda table: table.head(0)),
    ("promotions", "promotions", lambda table: table.assign(end_date="2010-01-01")),
    ("promotions", "promotions", lambda table: table.assign(start_date="soon")),
    ("promotions", "promotions", lambda table: table.assign(name="sale")),
    ("promotions", "promotions", lambda table: table.drop(columns="end_date")),
    (
        "promotions",
        "promotions",
        lambda table: table.assign(start_date="2010-01-01", end_date="2010-01-02"),
    ),
    ("experiments", "experiment", lambda table: table.head(0)),
    ("experiments", "experiment", lambda table: table.groupby("variant").head(1)),
    ("experiments", "experiment", lambda table: table[table["variant"] == "control"]),
    ("experiments", "experiment", lambda table: table.assign(converted=2)),
    ("experiments", "experiment", lambda table: table.assign(converted=np.nan)),
    ("experiments", "experiment", lambda table: table[["customer_id", "variant"]]),
    ("experiments", "experiment", lambda table: table.drop(columns="variant")),
    ("feedback", "responses", lambda table: table.head(0)),
    ("feedback", "responses", lambda table: table.head(20)),
    ("feedback", "responses", lambda table: table.assign(score=77)),
    ("feedback", "responses", lambda table: table.assign(score="good")),
    ("feedback", "responses", lambda table: table.assign(score=np.nan)),
    ("feedback", "responses", lambda table: table.assign(score=5)),
    ("feedback", "responses", lambda table: table.assign(question="q")),
    ("feedback", "responses", lambda table: table.drop(columns="score")),
    ("feedback", "responses", lambda table: table.assign(touchpoint="shop")),
    ("feedback", "responses", lambda _: [1, 2]),
    ("feedback", "questions", lambda _: {"nps": "never"}),
    ("feedback", "questions", lambda _: {}),
    ("journey", "events", lambda table: table.head(0)),
    ("journey", "events", lambda table: table.head(3)),
    ("journey", "events", lambda table: table.drop(columns="event")),
    ("journey", "events", lambda table: table.assign(event=None)),
    ("journey", "events", lambda table: table.assign(event_time="noon")),
    ("journey", "events", lambda table: table.assign(event_time=pd.Timestamp("2030-01-01"))),
    ("journey", "steps", lambda _: ["visit"]),
    ("journey", "steps", lambda _: ["a", "b"]),
    ("indicators", "contacts", lambda table: table.drop(columns="contact_date")),
    ("actions", "offers", lambda table: table.head(0)),
    ("actions", "offers", lambda table: table.assign(colour="red")),
    ("actions", "offers", lambda table: table.drop(columns="kind")),
    ("actions", "uplift", lambda _: 3.0),
]


def texts(sections: tuple[Section, ...]) -> list[str]:
    """What a page says besides its results."""
    return [
        text
        for section in sections
        for text in (*([] if section.problem is None else [section.problem]), *section.notes)
    ]


def check_alike(pages: dict[str, list[str]]) -> None:
    """Both pages give the same reasons, each in its own language."""
    assert len(pages["en"]) == len(pages["zh"])
    for english, chinese in zip(pages["en"], pages["zh"], strict=True):
        assert not ENGLISH.search(chinese), f"{english}\n{chinese}"
        assert re.search(r"[\u3400-\u9fff]", chinese), chinese
        said = [Counter(NUMBER.findall(text)) for text in (english, chinese)]
        assert said[0] == said[1], f"{english}\n{chinese}"


@pytest.mark.parametrize("name", ODD_ORDERS)
def test_odd_orders_have_their_reasons_in_each_language(
    simulated: SimulatedShop, undrawn: None, only: Callable[..., None], name: str
) -> None:
    only(*OF_ORDERS)
    orders = ODD_ORDERS[name](simulated.orders)
    pages = {
        language: texts(customer_report(orders, "2024-01-31", language=language).content)
        for language in ("en", "zh")
    }
    check_alike(pages)


@pytest.mark.parametrize("place", range(len(ODD_TABLES)))
def test_odd_tables_have_their_reasons_in_each_language(
    simulated: SimulatedShop,
    given: dict[str, Any],
    undrawn: None,
    only: Callable[..., None],
    place: int,
) -> None:
    section, table, change = ODD_TABLES[place]
    only(section)
    tables = given | {table: change(given.get(table, pd.DataFrame()))}
    pages = {
        language: texts(
            customer_report(simulated.orders, "2024-01-31", language=language, **tables).content
        )
        for language in ("en", "zh")
    }
    assert pages["en"]
    check_alike(pages)


@pytest.mark.parametrize("language", languages())
def test_each_pattern_has_its_sentence(language: str) -> None:
    said = words(language)
    for patterns, sentences in ((THINGS, said.REPORT_COUNTED), (REASONS, said.REPORT_REASONS)):
        assert [*patterns] == [*sentences]
        for name, pattern in patterns.items():
            places = set(re.findall(r"\{(\w+)\}", sentences[name]))
            assert places <= set(re.findall(r"\{(\w+)\}", pattern)), name


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "amount is missing in fewer than 10 of 40 rows; find the values, or leave these"),
        ("zh", "40 行中有 少于 10 行的 amount 缺失；"),
    ],
)
def test_small_counts_are_said_in_the_words_of_the_page(
    terms: Terms, language: str, said: str
) -> None:
    draft = Draft("holdings", dataclasses.replace(terms, language=language))
    why = draft.reason(ValueError("amount is missing in 3 of 40 rows; make it with prepare_orders"))
    assert why.startswith(said)


def test_what_has_no_words_stays_as_it_is() -> None:
    assert reworded("something else", REASONS, words("zh").REPORT_REASONS) is None
