"""customer_report: everything the data say about customers, in one document."""

import dataclasses
import datetime as dt
import importlib.util
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from tqdm import tqdm

from cemkit.catalogue import check_language
from cemkit.checks import (
    check_as_of,
    check_flag,
    check_fraction,
    check_integer,
    check_path,
    check_positive,
)
from cemkit.data.order_rows import scan_orders
from cemkit.errors import CemkitWarning, MissingDependencyError
from cemkit.report.content import Section
from cemkit.report.documents import as_json, as_markdown, numbers_table, write_parquet
from cemkit.report.drafts import Draft, Terms
from cemkit.report.sections.actions import write_actions
from cemkit.report.sections.churn import write_churn
from cemkit.report.sections.cohorts import write_cohorts
from cemkit.report.sections.experiments import write_experiments
from cemkit.report.sections.feedback import write_feedback
from cemkit.report.sections.holdings import write_holdings
from cemkit.report.sections.indicators import write_indicators
from cemkit.report.sections.journey import write_journey
from cemkit.report.sections.promotions import write_promotions
from cemkit.report.sections.revenue import write_revenue
from cemkit.report.sections.segments import write_segments
from cemkit.report.sections.value import write_value
from cemkit.report.shop import Shop, Tables
from cemkit.results import Result

Writer = Callable[[Draft, Shop], None]

WRITERS: dict[str, Writer] = {
    "holdings": write_holdings,
    "indicators": write_indicators,
    "revenue": write_revenue,
    "segments": write_segments,
    "cohorts": write_cohorts,
    "value": write_value,
    "churn": write_churn,
    "promotions": write_promotions,
    "experiments": write_experiments,
    "feedback": write_feedback,
    "journey": write_journey,
    "actions": write_actions,
}
TABLE_OF = {  # the sections that need a table beside the orders
    "promotions": "promotions",
    "experiments": "experiment",
    "feedback": "responses",
    "journey": "events",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CustomerReport(Result):
    """A report of customers, from `customer_report`.

    Attributes:
        as_of: Last day seen.
        language: Language of the page, `"en"` or `"zh"`.
        customers: Number of customers with a purchase by `as_of`; None if below the smallest cell
            or not countable.
        minimum_cell: Smallest count of customers shown.
        named: Whether customers are named.
        computed: Keys of the sections that were computed.
        problems: Reasons why the other sections were not computed, by key.
        table: One row per number: `section, name, label, value, lower, upper, unit, method, table,
            suppressed`.
        content: Content of the sections.

    Examples:
        >>> import cemkit as ck
        >>> report = customer_report(ck.load_cdnow("sample"), "1998-06-30")
        >>> report.computed[:3]
        ('holdings', 'indicators', 'revenue')
    """

    as_of: str
    language: str
    customers: int | None
    minimum_cell: int
    named: bool
    confidence_level: float
    computed: tuple[str, ...]
    problems: dict[str, str]
    table: pd.DataFrame
    content: tuple[Section, ...]

    @property
    def html(self) -> str:
        """Return the page as self-contained HTML."""
        from cemkit.report.page import as_html  # noqa: PLC0415 - jinja2 is optional

        return as_html(self)

    def to_html(self, path: str | Path) -> Path:
        """Write the page to a file, and return its path."""
        target = check_path(path, "path")
        target.write_text(self.html, encoding="utf-8")
        return target

    def to_markdown(self) -> str:
        """Return the report as Markdown, without pictures."""
        return as_markdown(self)

    def to_json(self) -> str:
        """Return the report as one JSON document with each number, interval, method and section."""
        return as_json(self)

    def to_parquet(self, folder: str | Path) -> list[Path]:
        """Write each table to a file in a folder, which is created if needed.

        Returns:
            The paths: `numbers.parquet`, and `<section>_<table>.parquet` for each table.
        """
        return write_parquet(self, check_path(folder, "folder"))

    def tables(self) -> dict[str, pd.DataFrame]:
        """Return each table by its name, with small cells suppressed."""
        return {
            table.key: table.frame.copy() for section in self.content for table in section.tables
        }

    def _scalars(self) -> dict[str, Any]:
        return {name: value for name, value in Result._scalars(self).items() if name != "content"}


def customer_report(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    *,
    people: pd.DataFrame | None = None,
    promotions: pd.DataFrame | None = None,
    experiment: Any = None,
    responses: pd.DataFrame | None = None,
    questions: Mapping[str, str] | None = None,
    events: Any = None,
    steps: Sequence[Any] | None = None,
    contacts: Any = None,
    costs: pd.DataFrame | None = None,
    complaints: Any = None,
    referrals: Any = None,
    offers: pd.DataFrame | None = None,
    uplift: Any = None,
    budget: float | None = None,
    margin: float | None = None,
    language: str = "en",
    confidence_level: float = 0.95,
    minimum_cell: int = 10,
    name_customers: bool = False,
    random_state: int = 0,
    progress: bool = False,
) -> CustomerReport:
    """Make a customer report: one self-contained page in English or Chinese.

    The content is computed once, and small cells are suppressed. The HTML page, Markdown, JSON and
    Parquet are all written from it. A section appears if its data are given. If it cannot be
    computed, it gives the reason, and the other sections are still written.

    Args:
        orders: Order table with `customer_id, order_date, amount` and, where present, `order_id`
            and the other columns of the design (pandas, Polars, PyArrow, DuckDB, Dask or PySpark).
            Only sums are brought into memory; for Parquet on disk give `duckdb.read_parquet(path)`.
        as_of: Last day seen.
        people: Table with one row per customer. Its column `segment` takes the place of RFM
            segments.
        promotions: Calendar with `name, start_date, end_date` and, for their profit, `size`, the
            discount as a fraction.
        experiment: One row per customer with `customer_id, variant, converted, amount`; the
            control is called `"control"`.
        responses: Answers with `customer_id, response_date, question, score` and, for drivers,
            `touchpoint`.
        questions: The question of each score, as in `{"nps": "recommend"}`; by default those
            called `nps`, `csat` and `ces`.
        events: Events with `customer_id, event, event_time`.
        steps: Events of the funnel in their order, as in `["visit", "cart", "order"]`.
        contacts: Contacts with `customer_id, contact_date`, for the response rate.
        costs: Costs with `cost_date, amount, purpose`, for the acquisition cost.
        complaints: Complaints with `customer_id, opened_at, answered_at`.
        referrals: Referrals with `customer_id, referral_date`.
        offers: Offers table, for the expected profit; `margin` and `uplift` are needed as well.
        uplift: Effect of an offer on the probability of a purchase, as in `offer_profit`.
        budget: Largest cost of the offers. None for no limit.
        margin: Profit per unit of amount, as a fraction. Lifetime values are then profit.
        language: Language of the page, `"en"` or `"zh"`. Messages of errors and warnings are in
            English.
        confidence_level: Confidence level of all intervals, as a fraction.
        minimum_cell: Smallest count of customers shown. Smaller cells are suppressed, together with
            cells from which they could be worked out; 1 shows everything.
        name_customers: Whether to name the customers with the highest expected profit.
        random_state: Seed of all random numbers.
        progress: Whether to show a progress bar.

    Returns:
        A `CustomerReport`. Row order changes nothing.

    Raises:
        MissingDependencyError: jinja2 or matplotlib is not installed.
        MissingColumnsError: `orders` lacks `customer_id`, `order_date` or `amount`.
        DataError: `order_date` does not hold dates, or `amount` numbers; `prepare_orders` converts
            them.
        TypeError: `orders` is not a table.
        ValueError: A parameter is not understood.

    Examples:
        >>> import cemkit as ck
        >>> report = customer_report(ck.load_cdnow("sample"), "1998-06-30")
        >>> print(report.sentence())
        As of 1998-06-30, 2,357 customers: 8 of 12 sections. Not computed, ...
        >>> "<script" in report.html
        False
    """
    _check_installed()
    end = check_as_of(as_of)
    orders = _with_ids(orders)
    scan_orders(orders)
    if questions is not None and not isinstance(questions, Mapping):
        kind = type(questions).__name__
        raise TypeError(f"questions must be a dict, as in {{'nps': 'recommend'}}, not {kind}")
    tables = Tables(
        people=_with_ids(people),
        promotions=promotions,
        experiment=_with_ids(experiment),
        responses=_with_ids(responses),
        questions=questions,
        events=_with_ids(events),
        steps=steps,
        contacts=_with_ids(contacts),
        costs=costs,
        complaints=_with_ids(complaints),
        referrals=_with_ids(referrals),
        offers=offers,
        uplift=uplift,
        budget=None if budget is None else check_positive(budget, "budget"),
        margin=None if margin is None else check_fraction(margin, "margin"),
    )
    level = check_fraction(confidence_level, "confidence_level")
    seed = check_integer(random_state, "random_state", minimum=0)
    shop = Shop(orders, end, tables, level=level, random_state=seed)
    terms = Terms(
        language=check_language(language),
        confidence_level=level,
        smallest=check_integer(minimum_cell, "minimum_cell", minimum=1),
        name_customers=check_flag(name_customers, "name_customers"),
        draw=_drawer(),
        ids=lambda: _known(shop),
        customers=lambda: shop.count,
    )
    keys = tqdm(WRITERS, disable=not check_flag(progress, "progress"), unit="section")
    return _report(shop, terms, list(_written(shop, terms, keys)))


def _with_ids(table: Any) -> Any:
    """A table with the ids as a column, where pandas has them in the index."""
    if isinstance(table, pd.DataFrame) and "customer_id" not in table.columns:
        return table.reset_index("customer_id") if "customer_id" in table.index.names else table
    return table


def _check_installed() -> None:
    for package in ("jinja2", "matplotlib"):
        if importlib.util.find_spec(package) is None:
            raise MissingDependencyError("cemkit[report]")


def _drawer() -> Callable[..., str]:
    from cemkit.report.drawings import drawn  # noqa: PLC0415 - matplotlib is optional

    return drawn


def _known(shop: Shop) -> frozenset[str]:
    """The ids of customers; none where they cannot be read."""
    return shop.ids if shop.count else frozenset()


def _written(shop: Shop, terms: Terms, keys: Any) -> Iterator[Section]:
    said: dict[str, str] = {}  # problems, and the title of the section that says each
    for key in keys:
        if hasattr(keys, "set_postfix_str"):
            keys.set_postfix_str(key)
        section = _section(key, shop, terms)
        why = section.problem
        if why in said and why is not None:
            again = terms.say.REPORT["same_problem"].format(section=said[why])
            section = dataclasses.replace(section, problem=again)
        elif why is not None:
            said[why] = section.title
        yield section


def _section(key: str, shop: Shop, terms: Terms) -> Section:
    """A section; where something is wrong it says what, and the others are written all the same."""
    draft = Draft(key, terms)
    needed = TABLE_OF.get(key)
    if needed is not None and getattr(shop.tables, needed) is None:
        name = terms.say.REPORT_INPUTS[needed]
        return draft.finish(terms.say.REPORT["no_table"].format(table=name))
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            WRITERS[key](draft, shop)
            problem = None
        except Exception as error:  # noqa: BLE001 - the page opens, and says what it could not do
            problem = draft.reason(error)
    for warning in caught:
        if issubclass(warning.category, CemkitWarning):
            draft.warn(str(warning.message))
    return draft.finish(problem)


def _report(shop: Shop, terms: Terms, sections: list[Section]) -> CustomerReport:
    count = shop.count
    return CustomerReport(
        as_of=f"{shop.as_of:%Y-%m-%d}",
        language=terms.language,
        customers=count if count >= terms.smallest else None,
        minimum_cell=terms.smallest,
        named=terms.name_customers,
        confidence_level=terms.confidence_level,
        computed=tuple(section.key for section in sections if section.problem is None),
        problems={
            section.key: section.problem for section in sections if section.problem is not None
        },
        table=numbers_table(sections),
        content=tuple(sections),
    )
