"""Shop: the tables of a report, and what several of its sections need of them."""

import dataclasses
from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from cemkit.churn import (
    ChurnEvaluation,
    ChurnModel,
    evaluate_churn,
    suggest_window,
    training_snapshots,
)
from cemkit.clv import CustomerLifetimeValue
from cemkit.data import audit_orders, customer_table
from cemkit.data.audit import OrderAudit
from cemkit.segmentation import RFMSegmenter

MOVED_DAYS = 91  # between the two days that movements between segments are read from
WINDOW_DAYS = 90  # of churn, where the data suggest none
MOST_CUSTOMERS = 20_000  # that the churn model is trained and tested on
SEGMENT = "segment"


@dataclasses.dataclass(frozen=True, kw_only=True)
class Tables:
    """The optional tables and figures of a report, each None where it is not there."""

    people: Any = None
    promotions: Any = None
    experiment: Any = None
    responses: Any = None
    questions: Mapping[str, str] | None = None
    events: Any = None
    steps: Sequence[Any] | None = None
    contacts: Any = None
    costs: Any = None
    complaints: Any = None
    referrals: Any = None
    offers: Any = None
    uplift: Any = None
    budget: float | None = None
    margin: float | None = None


@dataclasses.dataclass(frozen=True, kw_only=True)
class Seen:
    """What a churn model was trained and tested on, and how good it was."""

    window_days: int
    suggested: bool
    trained_as_of: str
    tested_as_of: str
    model: ChurnModel
    evaluation: ChurnEvaluation


class Shop:
    """Orders with the tables beside them; what is made of them is made once."""

    def __init__(
        self, orders: Any, as_of: pd.Timestamp, tables: Tables, *, level: float, random_state: int
    ) -> None:
        self.orders = orders
        self.as_of = as_of
        self.tables = tables
        self.level = level
        self.random_state = random_state

    @cached_property
    def audit(self) -> OrderAudit:
        """Every problem of the orders."""
        return audit_orders(self.orders, self.as_of, n_examples=0)

    @cached_property
    def customers(self) -> pd.DataFrame:
        """One row per customer with a purchase."""
        return customer_table(self.orders, self.as_of, include="activity")

    @cached_property
    def count(self) -> int:
        """How many customers there are; none where they cannot be read."""
        try:
            return len(self.customers)
        except Exception:  # noqa: BLE001 - whatever is wrong with the orders, their sections say
            return 0

    @cached_property
    def ids(self) -> frozenset[str]:
        """The ids of customers as text."""
        return frozenset(self.customers.index.astype(str))

    @cached_property
    def segments(self) -> pd.Series:
        """The segment of each customer: the one of `people`, or else of RFM."""
        own = self._own_segments()
        return self.segmenter.add_to(self.customers)[SEGMENT] if own is None else own

    @cached_property
    def segmenter(self) -> RFMSegmenter:
        """RFM scores with the edges of today's customers."""
        return RFMSegmenter().fit(self.customers)

    @property
    def own_segments(self) -> bool:
        """Whether segments come with the people."""
        people = self.tables.people
        return isinstance(people, pd.DataFrame) and SEGMENT in people.columns

    def _own_segments(self) -> pd.Series | None:
        if not self.own_segments:
            return None
        people = self.tables.people[[*self._id_column(), SEGMENT]]
        joined = customer_table(self.orders, self.as_of, people=people)
        return joined.loc[joined["order_count"] > 0, SEGMENT].astype(object).fillna("?").astype(str)

    def _id_column(self) -> list[str]:
        columns = self.tables.people.columns
        return ["customer_id"] if "customer_id" in columns else []

    @cached_property
    def value(self) -> CustomerLifetimeValue:
        """The lifetime values of the next year."""
        return CustomerLifetimeValue(margin=self.tables.margin or 1.0).fit(self.customers)

    @cached_property
    def valued(self) -> pd.DataFrame:
        """The lifetime value of each customer, without the other columns."""
        return self.value.add_to(self.customers)[["clv", "expected_purchases"]]

    @cached_property
    def churn(self) -> Seen:
        """A churn model, tested on a window after the one that it was trained on."""
        suggested = suggest_window(self.orders, self.as_of).window_days
        window = WINDOW_DAYS if suggested is None else suggested
        try:
            return self._churn(window, suggested is not None)
        except ValueError:
            if window == WINDOW_DAYS:
                raise
            return self._churn(WINDOW_DAYS, False)

    def _churn(self, window: int, suggested: bool) -> Seen:
        trained, tested = (self.as_of - pd.Timedelta(days=times * window) for times in (2, 1))
        before, after = (self._labelled(day, window) for day in (trained, tested))
        model = ChurnModel().fit(before.drop(columns="churned"), before["churned"])
        scored = model.add_to(after.drop(columns="churned"))
        evaluation = evaluate_churn(
            after["churned"],
            scored["churn_probability"],
            confidence_level=self.level,
            random_state=self.random_state,
        )
        return Seen(
            window_days=window,
            suggested=suggested,
            trained_as_of=f"{trained:%Y-%m-%d}",
            tested_as_of=f"{tested:%Y-%m-%d}",
            model=model,
            evaluation=evaluation,
        )

    def _labelled(self, day: pd.Timestamp, window: int) -> pd.DataFrame:
        """Customers as of a day with their label; where there are very many, some of them."""
        table = training_snapshots(
            self.orders, [day], window_days=window, data_until=self.as_of
        ).droplevel("as_of")
        return table[table.index.isin(self.sampled)] if self.is_sampled else table

    @property
    def is_sampled(self) -> bool:
        """Whether the churn model sees a sample of the customers."""
        return len(self.customers) > MOST_CUSTOMERS

    @cached_property
    def sampled(self) -> pd.Index:
        """Customers drawn at random, the same ones whatever the order of rows."""
        ids = self.customers.index.sort_values()
        drawn = np.random.default_rng(self.random_state).permutation(len(ids))
        return ids[np.sort(drawn[:MOST_CUSTOMERS])]

    @cached_property
    def scored(self) -> pd.DataFrame:
        """The churn probability of each customer, without the other columns."""
        return self.churn.model.add_to(self.customers)[["churn_probability"]]
