"""scorecard: every indicator per period and group, with its interval and its change."""

import dataclasses
import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
import pandas as pd

from cemkit.checks import (
    check_as_of,
    check_choice,
    check_days,
    check_fraction,
    check_list,
    meant,
)
from cemkit.checks.options import shown
from cemkit.data.reductions.period_sums import (
    FREQUENCIES,
    Period,
    split_columns,
)
from cemkit.indicators.card_rows import COLUMNS, rows_of_card, without_open
from cemkit.indicators.definitions import INDICATORS
from cemkit.indicators.figures import change_figures
from cemkit.indicators.further import Further, Measured, Tables
from cemkit.indicators.groups import read_split
from cemkit.indicators.ledger import Ledger, several_groups
from cemkit.indicators.notes import Notebook
from cemkit.indicators.shop_periods import read_shop, with_window
from cemkit.indicators.spans import YEAR, days_per_period
from cemkit.indicators.states import Sweep, Terms
from cemkit.results import Result

MARKED = {"complaint_rate": "complaints", "referral_rate": "referrals"}
TO_DATE = ("repurchase_rate", "cross_sell_rate", "upgrade_rate")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Scorecard(Result):
    """Indicators per period and group, from `scorecard`.

    Attributes:
        as_of: Last day seen.
        period: Length of a period.
        compare: Base of the changes: the `"previous"` period, the same period a `"year"` before, or
            None.
        window_days: Number of days without a purchase after which a customer has lapsed; None if no
            window was given and none suggested.
        repurchase_days: Number of days within which an early second order counts.
        response_days: Number of days within which a purchase after an event, or an answer to a
            contact, counts.
        answer_days: Number of days within which an answer to a complaint is in time.
        per_trading_day: Whether orders, amounts and new customers are per trading day.
        in_several_groups: Customers who bought in more than one group within a period; they count
            in each, so groups do not add up.
        confidence_level: Confidence level of the intervals, as a fraction.
        table: One row per indicator, group and period that is over, in the order of `INDICATORS`:
            `indicator`, the columns of `by`, `period` (a pandas Period), `value` with `lower,
            upper`, `numerator, denominator, customers`, `change` with `change_lower,
            change_upper`, and `note`. Rates are fractions; full counts have no interval.
        left_out: Rows left out of the numbers: `table, reason, count`.
        not_measured: Indicators that are not in the table, and the data that each `needs`.

    Examples:
        >>> from cemkit import load_cdnow
        >>> card = scorecard(load_cdnow(), as_of="1998-06-30", window_days=31)
        >>> card.wide("retention_rate")["value"].tail(2).round(3).to_list()
        [0.316, 0.3]
    """

    _pictures = ("indicators.scorecard",)

    as_of: str
    period: str
    compare: str | None
    window_days: int | None
    repurchase_days: int
    response_days: int
    answer_days: int
    per_trading_day: bool
    in_several_groups: int
    confidence_level: float
    table: pd.DataFrame
    left_out: pd.DataFrame
    not_measured: pd.DataFrame

    def wide(self, indicator: str, column: str = "value") -> pd.DataFrame:
        """Return one indicator with a row per period and a column per group.

        Args:
            indicator: Name of an indicator of the table.
            column: Column of the table to show, such as `"change"`.

        Returns:
            One row per period and one column per group; without groups the column is `value`.

        Raises:
            ValueError: The indicator or the column is not in the table. For an indicator the
                message says which data it needs.
        """
        check_choice(column, "column", COLUMNS)
        names = self.table["indicator"].unique().tolist()
        if not isinstance(indicator, str) or indicator not in names:
            lacking = self.not_measured.set_index("indicator")["needs"].to_dict()
            needed = lacking.get(indicator) if isinstance(indicator, str) else None
            need = "" if needed is None else f": it needs {needed}"
            near = meant(indicator, names)
            raise ValueError(f"{shown(indicator)} is not in this scorecard{need or near}")
        rows, by = self.table[self.table["indicator"] == indicator], self.by
        if not by:
            return rows.set_index("period")[[column]]
        return rows.pivot(index="period", columns=by, values=column)

    def latest(self) -> pd.DataFrame:
        """Return the rows of the last period of each indicator.

        Rates that wait for an outcome, such as `churn_rate`, end earlier than the others.
        """
        last = self.table.groupby("indicator", sort=False)["period"].transform("max")
        return self.table[self.table["period"] == last].reset_index(drop=True)

    @property
    def by(self) -> list[str]:
        """The columns that split customers."""
        columns = list(self.table.columns)
        return columns[1 : columns.index("period")]

    def clearest(self) -> pd.Series | None:
        """Return the latest row with the largest change relative to its sampling error, or None.

        Rates to date are not looked at: they change whenever anyone buys again.
        """
        rows = self.latest()
        rows = rows[~rows["indicator"].isin(TO_DATE) & (rows["change"] != 0)]
        reach = np.where(
            rows["change"] > 0,
            rows["change"] - rows["change_lower"],
            rows["change_upper"] - rows["change"],
        )
        ratio: pd.Series = (rows["change"].abs() / reach).where(np.isfinite(reach) & (reach > 0))
        return None if ratio.isna().all() else rows.loc[ratio.idxmax()]

    @property
    def figures(self) -> dict[str, Any]:
        """The row of `clearest` as the sentence says it, empty without one."""
        return change_figures(self.clearest(), self.by)

    @property
    def measured(self) -> int:
        """How many indicators are in the table."""
        return int(self.table["indicator"].nunique())


def scorecard(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    period: Period = "month",
    by: str | Iterable[str] | None = None,
    *,
    compare: Literal["previous", "year"] | None = "previous",
    window_days: int | None = None,
    indicators: Iterable[str] | None = None,
    people: pd.DataFrame | None = None,
    responses: pd.DataFrame | None = None,
    questions: Mapping[str, str] | None = None,
    contacts: Any = None,
    events: Any = None,
    promotions: pd.DataFrame | None = None,
    margin: float | None = None,
    costs: pd.DataFrame | None = None,
    complaints: Any = None,
    referrals: Any = None,
    levels: pd.DataFrame | None = None,
    trading_days: bool | Iterable[str | dt.date | pd.Timestamp] = False,
    repurchase_days: int = 90,
    response_days: int = 30,
    answer_days: int = 2,
    confidence_level: float = 0.95,
) -> Scorecard:
    """Return indicators per period and group, with their intervals and changes.

    Each indicator is a numerator over a denominator, both summed over customers. The customer is
    the unit of every interval, because orders of one customer are not independent. A change
    compares the same customers if they are in both periods. Intervals cover only sampling error:
    which customers happened to buy. They do not cover shocks to all customers, such as weather, so
    they do not show whether the business changed.

    A customer is active while the last purchase is less than `window_days` ago, and lapsed from
    then on, as in `LifecycleStages` and `label_churn`.

    Args:
        orders: Order table with `customer_id, order_date, amount` and, where present, `order_id`,
            `cost`, `promotion` and `category`, on any engine. Without `order_id` an order is a
            customer-day. Engines bring one row per customer, group and period with an order into
            memory, because active, lapsed and won-back customers and changes are determined per
            customer.
        as_of: Last day seen. A period that is not over by then has no row.
        period: Length of a period; weeks begin on Monday.
        by: Columns of `orders` or `people` to split by. A customer can be in several groups of a
            column of orders, such as `"channel"`: rates are then those within the group.
        compare: Base of the changes: the period before, the same period a year before (52 weeks),
            or None for no changes.
        window_days: Days without a purchase after which a customer has lapsed; by default that of
            `suggest_window`.
        indicators: Names of the indicators to show; by default all that the tables allow.
        people: Table with one row per customer, such as the customer table, for columns of `by`.
            Its columns `clv`, `expected_loss` and `retained_value` are shown as means of the last
            period.
        responses: Answers with `customer_id, response_date, question, score`, for NPS, CSAT, CES.
        questions: The question of each score, as in `{"nps": "recommend"}`; by default those
            called `nps`, `csat` and `ces`.
        contacts: Contacts with `customer_id, contact_date`.
        events: Events with `customer_id, event, event_time`; `impression` and `click` give the
            click-through rate.
        promotions: Calendar with `name, start_date, end_date` and `size`, the discount as a
            fraction. With `margin` it gives the return on investment of all promotions together.
        margin: Profit per unit of full-price sales, as a fraction, for `promotions`.
        costs: Costs with `cost_date, amount, purpose` (acquisition, service or promotion) and
            `channel`, by which they are split where `by` is `channel` or `acquisition_channel`.
        complaints: Complaints with `customer_id, opened_at` and, where known, `answered_at`.
        referrals: Referrals with `customer_id` (who referred) and `referral_date`.
        levels: Levels of products or categories with `product` or `category`, and `level` (0 for
            the base), for upgrades.
        trading_days: Whether orders, amounts and new customers are per trading day: True for the
            days on which anyone bought, or the days themselves.
        repurchase_days: Days within which an early second order comes.
        response_days: Days within which a purchase follows an event, or an answer a contact.
        answer_days: Days within which a complaint is answered in time.
        confidence_level: Confidence level of the intervals, as a fraction.

    Returns:
        A `Scorecard`. Row order changes nothing; engines agree to rounding.

    Raises:
        MissingColumnsError: A table lacks a column.
        NotEnoughDataError: There are no orders up to `as_of`.
        DataError: No period is over; a customer is in two groups of `people`; a channel of `costs`
            has no customers; a date is missing in `promotions` or `costs`, or carries a time zone.
        ValueError: A parameter is not understood.

    References:
        Wilson (1927), Journal of the American Statistical Association 22. Cochran (1977), Sampling
        techniques, chapter 6. Zou (2007), Psychological Methods 12. Garwood (1936), Biometrika 28.

    Examples:
        >>> from cemkit import load_cdnow
        >>> card = scorecard(load_cdnow(), as_of="1997-12-31", window_days=30)
        >>> last = card.latest().set_index("indicator")
        >>> last.loc["retention_rate", ["numerator", "denominator"]].tolist()
        [632.0, 2028.0]
        >>> last.loc["average_order_value", ["value", "change"]].astype(float).round(2).tolist()
        [39.91, -4.16]
    """
    asked = _Asked.of(as_of, period, compare, indicators, confidence_level)
    terms = asked.terms(window_days, repurchase_days)
    tables = Tables(
        responses=responses,
        questions=questions,
        contacts=contacts,
        events=events,
        promotions=promotions,
        margin=margin,
        costs=costs,
        complaints=complaints,
        referrals=referrals,
        response_days=check_days(response_days, "response_days"),
        answer_days=check_days(answer_days, "answer_days"),
    )
    split, ledger = read_split(split_columns(by), orders, people), Ledger()
    shop, spans = read_shop(orders, asked.end, period, split, levels, terms=terms, ledger=ledger)
    terms = with_window(terms, orders, asked.end, ledger)
    further = Further(orders, shop, split, tables=tables, terms=terms, ledger=ledger)
    sweep = Sweep(shop, terms, further.marks(), days_per_period(orders, trading_days, shop))
    measured = _measured(asked, further, sweep)
    notebook = Notebook(shop, terms, year=compare == "year")
    table = rows_of_card(measured, notebook, split, spans, lag=terms.lag, level=asked.level)
    return _card(asked, table, measured, further, sweep)


class _Asked(NamedTuple):
    """What the scorecard is asked to show."""

    end: pd.Timestamp
    period: Period
    compare: str | None
    indicators: list[str]
    level: float

    @classmethod
    def of(
        cls,
        as_of: str | dt.date | pd.Timestamp,
        period: Period,
        compare: str | None,
        indicators: Iterable[str] | None,
        confidence_level: float,
    ) -> "_Asked":
        end = check_as_of(as_of)
        check_choice(period, "period", list(FREQUENCIES))
        if compare is not None:
            check_choice(compare, "compare", ["previous", "year"])
        level = check_fraction(confidence_level, "confidence_level")
        return cls(end, period, compare, _chosen(indicators), level)

    def terms(self, window_days: int | None, repurchase_days: int) -> Terms:
        """How far back and ahead to look."""
        return Terms(
            lag={None: 0, "previous": 1, "year": YEAR[self.period]}[self.compare],
            window_days=None if window_days is None else check_days(window_days, "window_days"),
            repurchase_days=check_days(repurchase_days, "repurchase_days"),
        )


def _measured(asked: _Asked, further: Further, sweep: Sweep) -> dict[str, Measured]:
    """The sums of the indicators asked for, of orders and of the tables beside them."""
    made = further.charged(sweep.moments())
    for name, count in sweep.inactive.items():
        further.ledger.add(MARKED[name], {"of customers not active then": count})
    found = {name: (m, None) for name, m in made.items()} | further.measured(asked.level)
    found = {name: found[name] for name in asked.indicators if name in found}
    return without_open(found, sweep.shop, further.ledger)


def _card(
    asked: _Asked,
    table: pd.DataFrame,
    measured: Iterable[str],
    further: Further,
    sweep: Sweep,
) -> Scorecard:
    """The scorecard with its terms, and what is not in it."""
    return Scorecard(
        as_of=f"{asked.end:%Y-%m-%d}",
        period=asked.period,
        compare=asked.compare,
        window_days=sweep.terms.window_days,
        repurchase_days=sweep.terms.repurchase_days,
        response_days=further.tables.response_days,
        answer_days=further.tables.answer_days,
        per_trading_day=sweep.days is not None,
        in_several_groups=several_groups(sweep.shop),
        confidence_level=asked.level,
        table=table,
        left_out=further.ledger.left_out(),
        not_measured=further.ledger.not_measured(measured, asked.indicators),
    )


def _chosen(indicators: Iterable[str] | None) -> list[str]:
    """The names of the indicators to show, in their own order."""
    if indicators is None:
        return list(INDICATORS)
    named = check_list(indicators, "indicators")
    if not named:
        raise ValueError("indicators is empty; name at least one, or leave it out for all")
    for name in named:
        if not isinstance(name, str) or name not in INDICATORS:
            raise ValueError(
                f"indicators names {shown(name)}{meant(name, list(INDICATORS))}; it takes "
                f"{', '.join(INDICATORS)}"
            )
    return [name for name in INDICATORS if name in named]
