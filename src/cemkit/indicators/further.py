"""Indicators of the tables beside orders: each where its tables are there, else what it needs."""

import dataclasses
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_same_ids, finite_values
from cemkit.data.reductions.customer_days import counted_days
from cemkit.data.reductions.table_rows import table_columns
from cemkit.indicators.contacts import (
    CLICK,
    IMPRESSION,
    Rows,
    answered_in_time,
    clicks,
    conversion,
    read_rows,
    responses_to,
)
from cemkit.indicators.definitions import PEOPLE_VALUES
from cemkit.indicators.groups import Split
from cemkit.indicators.inference import Levels
from cemkit.indicators.ledger import Ledger
from cemkit.indicators.moments import Ints, Moments
from cemkit.indicators.promotion_returns import return_on_promotions
from cemkit.indicators.satisfaction import SCORES, Asked, asked, in_finished_periods, score_of
from cemkit.indicators.spending import can_split, new_to_the_shop, read_costs
from cemkit.indicators.states import Shop, Terms

Measured = tuple[Moments, Levels | None]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Tables:
    """The tables beside orders, and how they are read."""

    responses: pd.DataFrame | None
    questions: Mapping[str, str] | None
    contacts: Any
    events: Any
    promotions: pd.DataFrame | None
    margin: float | None
    costs: pd.DataFrame | None
    complaints: Any
    referrals: Any
    response_days: int
    answer_days: int


class Further:
    """Measure what the tables beside orders allow, and count what is left out of them."""

    def __init__(
        self, orders: Any, shop: Shop, split: Split, *, tables: Tables, terms: Terms, ledger: Ledger
    ) -> None:
        self.orders, self.shop, self.split = orders, shop, split
        self.tables, self.terms, self.ledger = tables, terms, ledger
        self._complaints = self._rows(
            "complaints", tables.complaints, "opened_at", ["complaint_rate", "answered_in_time"]
        )
        self._referrals = self._rows(
            "referrals", tables.referrals, "referral_date", ["referral_rate"]
        )
        self._spent: dict[str, Any] = {}
        if tables.costs is not None:
            self._spent, left_out = read_costs(tables.costs, shop)
            ledger.add("costs", left_out)

    def marks(self) -> dict[str, tuple[Ints, Ints]]:
        """The periods and units of complaints and referrals, to be counted in the sweep."""
        named = {"complaint_rate": self._complaints, "referral_rate": self._referrals}
        return {name: self._units(name, rows) for name, rows in named.items() if rows is not None}

    def _rows(
        self, title: str, table: Any, date: str, indicators: list[str], keep: tuple[str, ...] = ()
    ) -> Rows | None:
        """The rows of a table; None where it is not there or cannot be split."""
        if table is None:
            return None
        columns = table_columns(table, title)
        absent = [name for name in self.split.of_orders if name not in columns]
        if absent:
            self.ledger.lack(indicators, f"a column {absent[0]} in {title}, to be split by it")
            return None
        dates = {"answered": "answered_at"} if "answered_at" in columns else {}
        dates = dates if title == "complaints" else {}
        rows = read_rows(table, title, date, self.shop, self.split, keep=keep, dates=dates)
        self.ledger.add(title, rows.left_out)
        return rows

    def _units(self, name: str, rows: Rows) -> tuple[Ints, Ints]:
        """The period and unit of each row of a customer of the shop."""
        shop, table = self.shop, rows.table
        title = name.removesuffix("_rate") + "s"
        ids = pd.Index(table["customer_id"])
        check_same_ids(ids, shop.customers, title, "orders")
        customer = shop.customers.get_indexer(ids)
        width = len(shop.customers) + 1
        own = shop.group * width + shop.customer
        order = np.argsort(own)
        packed = rows.group * width + customer
        place = np.minimum(np.searchsorted(own, packed, sorter=order), max(len(own) - 1, 0))
        found = (customer >= 0) & (own[order[place]] == packed)
        lost = int(table["rows"].to_numpy()[~found].sum())
        self.ledger.add(title, {"of no customer of the group": lost})
        return rows.period[found], order[place[found]]

    def measured(self, level: float) -> dict[str, Measured]:
        """The sums of each indicator; with levels where another room makes them."""
        made: dict[str, Measured] = {}
        made |= self._of_complaints() | self._of_events() | self._of_contacts()
        made |= self._of_costs() | self._of_people()
        return made | self._of_responses(level) | self._of_promotions(level)

    def _of_complaints(self) -> dict[str, Measured]:
        rows = self._complaints
        if rows is None:
            return {}
        if "answered" not in rows.table:
            self.ledger.lack(["answered_in_time"], "a column answered_at in complaints")
            return {}
        days = self.tables.answer_days
        return {"answered_in_time": (answered_in_time(rows, self.shop, self.terms.lag, days), None)}

    def _of_events(self) -> dict[str, Measured]:
        names = ["conversion_rate", "click_through_rate"]
        rows = self._rows("events", self.tables.events, "event_time", names, keep=("event",))
        if rows is None:
            return {}
        days, lag = self.tables.response_days, self.terms.lag
        made: dict[str, Measured] = {
            "conversion_rate": (conversion(rows, self.orders, self.shop, lag, days), None)
        }
        kinds = rows.table["event"].astype(str)
        if not (kinds == IMPRESSION).any():
            self.ledger.lack(["click_through_rate"], f"events named {IMPRESSION} and {CLICK}")
            return made
        kept = kinds.isin([IMPRESSION, CLICK]).to_numpy()
        return made | {"click_through_rate": (clicks(rows.of(kept), self.shop, lag), None)}

    def _of_contacts(self) -> dict[str, Measured]:
        rows = self._rows("contacts", self.tables.contacts, "contact_date", ["response_rate"])
        if rows is None or self.tables.responses is None:
            return {}
        end = pd.Timestamp(np.datetime64(self.shop.end, "D"))
        answers = counted_days(self.tables.responses, "responses", "response_date", end).table
        ids = (pd.Index(answers["customer_id"]), pd.Index(rows.table["customer_id"]))
        check_same_ids(*ids, "responses", "contacts")
        days = self.tables.response_days
        moments = responses_to(rows, answers, self.shop, self.terms.lag, days)
        return {"response_rate": (moments, None)}

    def _of_costs(self) -> dict[str, Measured]:
        if not self._spent:
            return {}
        if not can_split(self.shop):
            names = ", ".join(self.split.names)
            self.ledger.lack(
                ["acquisition_cost"], f"groups by channel alone; costs cannot be split by {names}"
            )
            return {}
        if "acquisition" not in self._spent:
            self.ledger.lack(["acquisition_cost"], "costs whose purpose is acquisition")
            return {}
        m = Moments.empty(*self.shop.size)
        m.numerator[:], m.known[:] = self._spent["acquisition"], True
        m.denominator[:] = m.customers[:] = new_to_the_shop(self.shop)
        return {"acquisition_cost": (m, None)}

    def charged(self, moments: dict[str, Moments]) -> dict[str, Moments]:
        """The contribution profit less the costs of service and promotion, where there are some."""
        charged = [self._spent[name] for name in ("service", "promotion") if name in self._spent]
        if "contribution_profit" not in moments or not charged:
            return moments
        if not can_split(self.shop):
            names = ", ".join(self.split.names)
            self.ledger.lack(
                ["contribution_profit"],
                "groups by channel alone; costs of service and promotion cannot be split by "
                f"{names}",
            )
            return {name: m for name, m in moments.items() if name != "contribution_profit"}
        moments["contribution_profit"].numerator[:] -= np.sum(charged, axis=0)
        return moments

    def _of_people(self) -> dict[str, Measured]:
        people = self.split.people
        if people is None or not self.shop.finished:
            return {}
        there = {name: column for name, column in PEOPLE_VALUES.items() if column in people}
        if there:
            check_same_ids(people.index, self.shop.customers, "people", "orders")
        return {name: (self._mean_of(people[column]), None) for name, column in there.items()}

    def _mean_of(self, values: pd.Series) -> Moments:
        """The sums of a value per customer in each group, in the last finished period."""
        shop, t = self.shop, self.shop.finished - 1
        known = values.dropna()
        numbers = finite_values(known, str(values.name))
        place = known.index.get_indexer(shop.customers)[shop.customer]
        value, group = numbers[place[place >= 0]], shop.group[place >= 0]
        name = f"customers without {values.name}"
        self.ledger.add("people", {name: int((place < 0).sum())})
        m, groups = Moments.empty(*shop.size), len(shop.slices)
        m.known[t] = True
        m.numerator[t] = np.bincount(group, value, groups)
        m.denominator[t] = m.customers[t] = count = np.bincount(group, minlength=groups)
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = value - (m.numerator[t] / count)[group]
            m.squares[t] = np.bincount(group, spread**2, groups) / count**2
        return m

    def _of_responses(self, level: float) -> dict[str, Measured]:
        responses = self.tables.responses
        if responses is None:
            return {}
        absent = [name for name in self.split.of_orders if name not in responses.columns]
        if absent:
            self.ledger.lack(SCORES, f"a column {absent[0]} in responses, to be split by it")
            return {}
        named = asked(responses, self.tables.questions)
        self.ledger.lack(
            [name for name in SCORES if name not in named],
            "the question that asks for it, as in questions={'nps': 'recommend'}",
        )
        answers, left_out = in_finished_periods(responses, self.shop)
        self.ledger.add("responses", left_out)
        if answers.empty:
            self.ledger.lack(named, "answers within finished periods")
            return {}
        made = {}
        for name, question in named.items():
            asking = Asked(name, question, answers, level)
            made[name] = score_of(asking, self.shop, self.split, self.terms.lag)
        return dict(made)

    def _of_promotions(self, level: float) -> dict[str, Measured]:
        if self.tables.promotions is None:
            return {}
        spent = self._spent.get("promotion")
        found = return_on_promotions(
            self.orders,
            self.tables.promotions,
            pd.Timestamp(np.datetime64(self.shop.end, "D")),
            margin=self.tables.margin,
            spent=0.0 if spent is None else float(spent.sum()),
            confidence_level=level,
        )
        if self.split.names:
            found = "a scorecard without by; it is one number for the shop"
        if isinstance(found, str):
            self.ledger.lack(["promotion_roi"], found)
            return {}
        m, t = Moments.empty(*self.shop.size), self.shop.finished - 1
        m.known[t] = True
        m.numerator[t], m.denominator[t] = found.net_profit, found.net_profit / found.roi
        m.customers[t] = np.nan
        bounds = (found.roi, found.roi_lower, found.roi_upper)
        levels = Levels(*(np.full(self.shop.size, np.nan) for _ in range(3)))
        for array, value in zip(levels, bounds, strict=True):
            array[t] = value
        return {"promotion_roi": (m, levels)}
