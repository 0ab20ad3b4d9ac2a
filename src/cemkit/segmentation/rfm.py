"""RFMSegmenter: recency, frequency and monetary scores, and segments named by a rule table."""

import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import (
    NEVER_ORDERED,
    Customers,
    check_choice,
    check_columns,
    check_integer,
    check_list,
    left_out_series,
    unknown_labels,
    warn_of_constants,
)
from cemkit.checks.options import shown
from cemkit.data.rounding import grid_step, settled
from cemkit.data.score_columns import Added, ScoreColumns
from cemkit.described import Described, left_out_text
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.segmentation.measures import measures_of
from cemkit.segmentation.profiles import describe_groups
from cemkit.segmentation.rule_columns import OTHERWISE
from cemkit.segmentation.rules import RuleTable, read_rules
from cemkit.storage.fields import (
    choice,
    integer,
    label,
    many,
    named,
    number,
    numbers,
    optional,
    text,
)
from cemkit.storage.text import Layout, from_text, to_text

MOST_BINS = 1000
ROUNDING = 1e-12  # of an edge: a sum that is this near lies on it
RECENCY = "recency_days"  # the one measure of which less is better
MEASURES = {
    RECENCY: "recency_score",
    "order_count": "frequency_score",
    "total_amount": "monetary_score",
}
SCORES = list(MEASURES.values())
LAYOUT = Layout(
    1,
    {
        "n_bins": integer(2),
        "segments": choice("classic", "tiers", None),
        "table": optional(named(many(label, "rules"))),
        "extra": optional(many(text, distinct=True)),
        "given": many(text, distinct=True),
        "edges": named(numbers("edges")),
        "left_out": named(number(0)),
    },
)

CLASSIC_SEGMENTS = pd.DataFrame(
    [
        ("Champions", "5", "4-5", "4-5"),
        ("Loyal", "3-5", "4-5", "any"),
        ("Cannot lose", "1-2", "4-5", "4-5"),
        ("At risk", "1-2", "3-5", "any"),
        ("Need attention", "3", "3", "any"),
        ("Potential loyalists", "4-5", "2-3", "any"),
        ("New", "5", "1", "any"),
        ("Promising", "4", "1", "any"),
        ("About to sleep", "3", "1-2", "any"),
        ("Lost", "1-2", "1-2", "any"),
    ],
    columns=["segment", *SCORES],
)


class RFMSegmenter(TransformerMixin, Described):
    """Scores of recency, frequency and monetary value, and the segments that follow from them.

    Scores run from 1 to `n_bins`, and higher is better: the customers silent for longest score 1.
    `fit` sets the edges by the minimum-rank rule, `floor((rank - 1) / n * n_bins) + 1`, with `rank`
    the lowest rank among equal values and recency ranked in reverse. Therefore

    - equal values share a score, in any row order and any currency,
    - the worst value always scores 1,
    - new customers and new months are scored against the customers of the fit.

    Values that differ by less than about 1e-9 of the largest count as equal, so rounding of sums
    does not change a score.

    It takes the customer table as it is and ignores columns that it does not use. Customers who
    never ordered are left out of the fit, counted in `left_out_`, and have missing scores and
    segments.

    Args:
        n_bins: Number of scores per measure.
        edges: Your own edges for some or all measures, as in `{"recency_days": [30, 90, 180,
            365]}`: `n_bins - 1` ascending values in the unit of the column. A value on an edge
            belongs to the bin above it. Edges of other measures are fitted.
        segments: Rule table, read from top to bottom; the first match wins.

            - `"classic"`: Champions, Loyal, At risk and seven more; they need five bins.
            - `"tiers"`: core value (all three scores above `(n_bins + 1) // 2`, such as 4 or 5 of
              five), marginal value (none of them above it) and potential value (the rest), for any
              `n_bins`.
            - A table with the columns `segment` and any of the scores. A cell is a score (`5`), a
              range (`"2-4"`, `"4+"`) or `"any"`; a last row of `"otherwise"` takes the rest.
        extra: Further columns to score, where higher is better (engagement, satisfaction). The
            score of `engagement` is `engagement_score`.

    Attributes:
        edges_: Ascending edges of each measure in the unit of the column.
            `RFMSegmenter(edges=fitted.edges_)` gives the same scores.
        segments_: Rule table in use.
        n_customers_: Number of customers from which the edges were computed. Not saved to JSON.
        left_out_: Number of customers left out of the fit, by reason.

    References:
        Hughes (1994), Strategic Database Marketing.

    Examples:
        >>> customers = pd.DataFrame(
        ...     {
        ...         "recency_days": [1, 20, 300, 4, 90],
        ...         "order_count": [9, 3, 1, 4, 1],
        ...         "total_amount": [900.0, 120.0, 15.0, 80.0, 15.0],
        ...     },
        ...     index=pd.Index(list("abcde"), name="customer_id"),
        ... )
        >>> RFMSegmenter().fit(customers).predict(customers).to_dict()
        {'a': 'Champions', 'b': 'Need attention', 'c': 'Lost', 'd': 'Loyal', 'e': 'Lost'}
    """

    edges_: dict[str, Floats]
    segments_: pd.DataFrame
    left_out_: pd.Series
    _rules: RuleTable
    _scores: dict[str, str]

    def __init__(
        self,
        n_bins: int = 5,
        *,
        edges: Mapping[str, Sequence[float]] | None = None,
        segments: Literal["classic", "tiers"] | pd.DataFrame = "classic",
        extra: Sequence[str] | None = None,
    ) -> None:
        self.n_bins = n_bins
        self.edges = edges
        self.segments = segments
        self.extra = extra

    def fit(self, customers: Any, y: object = None) -> Self:
        """Compute the edges of the scores from these customers.

        Args:
            customers: Customer table with `recency_days, order_count, total_amount` and the columns
                of `extra`, one row per customer (pandas, Polars, PyArrow, DuckDB, Dask or PySpark).
                Outside pandas only the distinct values of each column and their counts are brought
                into memory.
            y: Ignored.

        Returns:
            The fitted segmenter itself.

        Raises:
            MissingColumnsError: A column is missing.
            NotEnoughDataError: There are fewer customers than bins.
            DataError: A value is missing or infinite, or a customer occurs twice.
            ValueError: The edges do not ascend or are not `n_bins - 1`, or the rule table leaves a
                combination of scores without a segment or has a rule that can never apply.

        Warns:
            CemkitWarning: No rule uses a score, or a measure has the same value for every customer.
        """
        check_integer(self.n_bins, "n_bins", minimum=2, maximum=MOST_BINS)
        scores = _named_scores(self.extra)
        given = {} if self.edges is None else self.edges
        edges = _given_edges(given, list(scores), self.n_bins)
        segments = _rule_table(self.segments, self.n_bins)
        rules = _read(segments, scores, self.n_bins)
        measured = _Measured.of(customers, list(scores))
        if len(edges) < len(scores) and measured.n < self.n_bins:
            raise NotEnoughDataError("customers", measured.n, self.n_bins, "lower n_bins")
        sums = {name: settled(measured.each[name]) for name in scores if name not in edges}
        warn_of_constants({name: _some(values, measured.n) for name, values in sums.items()})
        learnt = {
            name: edges[name]
            if name in edges
            else _minimum_rank_edges(
                measured.each[name], sums[name], measured.counts[name], self.n_bins, name == RECENCY
            )
            for name in scores
        }
        # One step, so that an interrupted fit leaves the model as it was.
        fitted = {"edges_": learnt, "segments_": segments, "left_out_": measured.left_out}
        self.__dict__.update(fitted, n_customers_=measured.n, _rules=rules, _scores=scores)
        return self

    def transform(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return the scores from 1 to `n_bins`, indexed by the customers' ids as given.

        Args:
            customers: Table with the columns of `fit`, for the same or other customers.

        Returns:
            Whole numbers `recency_score, frequency_score, monetary_score`, and `<column>_score` for
            each column of `extra`.
        """
        rows, scores = self._read(customers)
        return pd.DataFrame({name: rows.spread(scores[name]) for name in scores}, index=rows.ids)

    def predict(self, customers: pd.DataFrame) -> pd.Series:
        """Return the name of each customer's segment, indexed by the customers' ids as given."""
        rows, scores = self._read(customers)
        return rows.series(self._segments_of(scores), "segment")

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return the same table with the scores and `segment` added."""
        rows, scores = self._read(customers)
        return rows.added(scores.assign(segment=self._segments_of(scores)))

    def _score_columns(self) -> ScoreColumns:
        """What `score` must know before it reads a row."""
        check_is_fitted(self)
        scores: dict[str, Added] = dict.fromkeys(self._scores.values(), "whole")
        return ScoreColumns(dict.fromkeys(self.edges_, "number"), {**scores, "segment": "text"})

    def profile(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Describe each segment.

        Returns:
            One row per segment in the order of the rules: `customers`, their `share` and
            `revenue_share`, and the median and mean of each measure. An empty segment has 0
            customers and missing medians.
        """
        rows, scores = self._read(customers)
        segments = pd.Series(self._segments_of(scores))
        order = pd.Index(dict.fromkeys(self._rules.labels), name="segment")
        return describe_groups(measures_of(rows.table, list(self.edges_)), segments, order)

    def to_sql(self, dialect: str = "duckdb", table: str = "customers") -> str:
        """Return a SQL query that scores customers and names their segments in the database.

        Args:
            dialect: SQL dialect, such as `"duckdb"`, `"postgres"`, `"bigquery"`, `"snowflake"` or
                `"spark"`.
            table: Name of a table with `customer_id` and the columns of `fit`, one row per
                customer, with its schema where needed, as in `"shop.customers"`.

        Returns:
            A query that returns `customer_id` and the columns of `add_to`. They are NULL for
            customers who never ordered, and where a measure is missing, NaN or infinite (where
            `add_to` raises an error).

        Raises:
            ValueError: The dialect is unknown, or `table` is not a name.
            MissingDependencyError: sqlglot is not installed.

        Examples:
            >>> customers = pd.DataFrame(
            ...     {
            ...         "customer_id": list("abcde"),
            ...         "recency_days": [1, 20, 300, 4, 90],
            ...         "order_count": [9, 3, 1, 4, 1],
            ...         "total_amount": [900.0, 120.0, 15.0, 80.0, 15.0],
            ...     }
            ... )
            >>> query = RFMSegmenter().fit(customers).to_sql()
            >>> import duckdb
            >>> duckdb.sql(query).df().set_index("customer_id")["segment"].to_dict()
            {'a': 'Champions', 'b': 'Need attention', 'c': 'Lost', 'd': 'Loyal', 'e': 'Lost'}
        """
        from cemkit.segmentation.sql_rules import rfm_query  # noqa: PLC0415 - sqlglot

        check_is_fitted(self)
        query = rfm_query(
            table,
            edges=self.edges_,
            scores=self._scores,
            less_is_better=RECENCY,
            tolerance=ROUNDING,
            rules=self._rules,
        )
        return query.sql(dialect)

    def _facts(self) -> dict[str, Any]:
        count = {"customers": self.n_customers_} if hasattr(self, "n_customers_") else {}
        return {
            **count,
            "left_out": left_out_text(self.left_out_),
            "segments": tuple(self.segments_["segment"]),
            **{f"{name} edges": tuple(edges.tolist()) for name, edges in self.edges_.items()},
        }

    def to_json(self) -> str:
        """Return parameters and edges as JSON text, which `from_json` reads back exactly.

        Raises:
            TypeError: The rule table holds anything other than numbers and text.
        """
        check_is_fitted(self)
        own = isinstance(self.segments, pd.DataFrame)
        state = {
            "n_bins": self.n_bins,
            "segments": None if own else self.segments,
            "table": self.segments_.to_dict("list") if own else None,
            "extra": list(self._scores)[len(MEASURES) :] or None,
            "given": list(self.edges or {}),
            "edges": {measure: edges.tolist() for measure, edges in self.edges_.items()},
            "left_out": self.left_out_.to_dict(),
        }
        return to_text(self, LAYOUT, state)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return a fitted segmenter from the text of `to_json`.

        Raises:
            DataError: The text is not a saved RFMSegmenter, or is damaged.
        """
        with from_text(cls, text, LAYOUT) as saved:
            return cls._restored(saved)

    @classmethod
    def _restored(cls, saved: dict[str, Any]) -> Self:
        edges, table = saved["edges"], saved["table"]
        if (table is None) == (saved["segments"] is None):
            raise DataError("it must have either segments or a table")
        if not edges.keys() >= set(saved["given"]):
            raise DataError(f"edges {saved['given']} were given, but it has those of {list(edges)}")
        model = cls(
            saved["n_bins"],
            edges={measure: edges[measure].tolist() for measure in saved["given"]} or None,
            segments=saved["segments"] if table is None else pd.DataFrame(table),
            extra=saved["extra"],
        )
        model.left_out_ = left_out_series(saved["left_out"])
        model._scores = _named_scores(model.extra)
        check_columns(edges, list(model._scores))
        model.edges_ = _given_edges(edges, list(model._scores), model.n_bins)
        model.segments_ = _rule_table(model.segments, model.n_bins)
        model._rules = _read(model.segments_, model._scores, model.n_bins)
        return model

    def _read(self, customers: pd.DataFrame) -> tuple[Customers, pd.DataFrame]:
        """The customers who ordered, and their scores."""
        check_is_fitted(self)
        rows = Customers.of(customers)
        values = measures_of(rows.table, list(self.edges_))
        scores = {
            score: self._scored(values[measure].to_numpy(), measure)
            for measure, score in self._scores.items()
        }
        return rows, pd.DataFrame(scores)

    def _scored(self, values: Floats, measure: str) -> npt.NDArray[np.int64]:
        # A few comparisons of whole columns are faster than a search for each customer.
        above = np.zeros(len(values), dtype=np.int16)  # holds MOST_BINS
        for edge in self.edges_[measure]:
            above += values >= edge - ROUNDING * abs(edge)
        whole = above.astype(np.int64)
        return self.n_bins - whole if measure == RECENCY else whole + 1

    def _segments_of(self, scores: pd.DataFrame) -> npt.NDArray[np.object_]:
        return self._rules.labels_of(
            {name: scores[name].to_numpy() for name in self._rules.columns}
        )


@dataclasses.dataclass(frozen=True, slots=True)
class _Measured:
    """The values of each measure, and how many customers have each (None where one each)."""

    n: int
    each: dict[str, Floats]
    counts: dict[str, Floats | None]
    left_out: pd.Series

    @classmethod
    def of(cls, customers: Any, measures: list[str]) -> Self:
        """Read them of a table; one elsewhere is counted there, measure by measure."""
        if not isinstance(customers, pd.DataFrame):
            from cemkit.data.engines import is_elsewhere  # noqa: PLC0415 - loads Narwhals

            if is_elsewhere(customers):
                return cls._counted(customers, measures)
        rows = Customers.of(customers)
        values = measures_of(rows.table, measures)
        each: dict[str, Floats] = {}
        counts: dict[str, Floats | None] = {}
        for name in measures:
            whole = pd.api.types.is_integer_dtype(rows.table[name].dtype)
            each[name], counts[name] = _distinct(values[name].to_numpy(), whole)
        return cls(len(values), each, counts, rows.left_out())

    @classmethod
    def _counted(cls, customers: Any, measures: list[str]) -> Self:
        from cemkit.data.reductions.histories import counted_customers  # noqa: PLC0415 - loads Narwhals

        values: dict[str, Floats] = {}
        counts: dict[str, Floats | None] = {}
        n = 0
        for name in measures:
            rows, weights = counted_customers(customers, [name])
            values[name] = measures_of(rows, [name])[name].to_numpy()
            counts[name] = weights.to_numpy(np.float64)
            n = int(weights.sum())
        return cls(n, values, counts, left_out_series({NEVER_ORDERED: 0}))


def _distinct(values: Floats, whole: bool) -> tuple[Floats, Floats | None]:
    """Small whole numbers, each once, with how many customers have it; others as they are."""
    if not whole or not len(values) or not 0 <= values.min() <= values.max() < len(values):
        return values, None
    counts = np.bincount(values.astype(np.int64))
    found = np.flatnonzero(counts)
    return found.astype(np.float64), counts[found].astype(np.float64)


def _some(values: Floats, n: int) -> Floats:
    """The values; two of them where two customers or more have the same one."""
    return values if len(values) > 1 else np.resize(values, min(n, 2))


def _named_scores(extra: Sequence[str] | None) -> dict[str, str]:
    """The name of each measure's score; `extra` is read once."""
    further = [] if extra is None else check_list(extra, "extra")
    named = all(isinstance(column, str) for column in further)
    scores = MEASURES | {column: f"{column}_score" for column in further if named}
    if len(scores) < len(MEASURES) + len(further):
        raise ValueError(
            "extra must be a list of further columns, each named once and none of "
            f"{list(MEASURES)}, not {shown(further)}"
        )
    taken = [column for column in further if scores[column] in SCORES]
    if taken:
        raise ValueError(
            f"the score of extra {taken[0]!r} would be called {scores[taken[0]]!r}, "
            "which is already an RFM score; rename the column"
        )
    return scores


def _read(segments: pd.DataFrame, scores: Mapping[str, str], n_bins: int) -> RuleTable:
    return read_rules(segments, "segment", dict.fromkeys(scores.values(), (1, n_bins)))


def _minimum_rank_edges(
    values: Floats, sums: Floats, counts: Floats | None, n_bins: int, less_is_better: bool
) -> Floats:
    # A value scores above k once k / n_bins of the customers are strictly worse, so the customer
    # that limits score k is the ceil(k n / n_bins)-th worst; better customers score more.
    n = len(values) if counts is None else int(counts.sum())
    places = [-(-k * n // n_bins) - 1 for k in range(1, n_bins)]
    if less_is_better:
        places = [n - 1 - place for place in reversed(places)]
    limits = _ranked(sums, counts, places)
    # Edges lie between the points of the grid that sums are rounded to, where no sum's own
    # rounding takes it to the other side.
    half = grid_step(values) / 2
    if less_is_better:
        earlier: Floats = limits - half
        return np.where(limits == np.rint(limits), limits, earlier)
    largest = np.array([np.max(values[sums == at]) for at in limits])
    beyond = np.nextafter(largest + 2 * ROUNDING * np.abs(largest), np.inf)
    edges: Floats = np.maximum(limits + half, beyond)
    return edges


def _ranked(values: Floats, counts: Floats | None, places: list[int]) -> Floats:
    """The values at some places of the sorted customers."""
    if counts is None:
        ranked: Floats = np.partition(values, places)[places]
        return ranked
    order = np.argsort(values)
    up_to = np.cumsum(counts[order])
    return values[order][np.searchsorted(up_to, places, side="right")]


def _given_edges(
    edges: Mapping[str, Sequence[float]], measures: list[str], n_bins: int
) -> dict[str, Floats]:
    if not isinstance(edges, Mapping):
        raise TypeError(
            "edges must be a dict by measure, as in {'recency_days': [30, 90, 180, "
            f"365]}}, not {shown(edges)}"
        )
    checked = {}
    for measure in unknown_labels(edges, measures):
        raise ValueError(f"edges names {shown(measure)}, which is not scored; use {measures}")
    for measure, limits in edges.items():
        # One pass over an iterator is kept; an array of numpy is a list of its rows.
        given = list(limits) if isinstance(limits, Iterator) else limits
        array = _real_numbers(given)
        ascends = array.ndim == 1 and np.isfinite(array).all() and (np.diff(array) >= 0).all()
        if not ascends or len(array) != n_bins - 1:
            raise ValueError(
                f"the edges of {measure} must be {n_bins - 1} ascending numbers, one fewer than "
                f"n_bins, not {shown(given)}"
            )
        checked[measure] = array
    return checked


def _real_numbers(limits: object) -> Floats:
    """The limits as floats; an empty table of none where they are no list of real numbers."""
    try:
        array = np.asarray(limits)
    except ValueError:  # lists of unequal lengths
        return np.empty((0, 0))
    return array.astype(np.float64) if array.dtype.kind in "iuf" else np.empty((0, 0))


def _rule_table(segments: object, n_bins: int) -> pd.DataFrame:
    if isinstance(segments, pd.DataFrame):
        return segments.reset_index(drop=True)
    if not isinstance(segments, str):
        raise TypeError(
            f"segments must be 'classic', 'tiers' or a rule table, not {shown(segments)}"
        )
    if check_choice(segments, "segments", ["classic", "tiers"]) == "tiers":
        return _tiers(n_bins)
    if n_bins != 5:
        raise ValueError(
            f"the classic segments need n_bins=5, not {n_bins}; give a rule table of your own"
        )
    return CLASSIC_SEGMENTS.copy()


def _tiers(n_bins: int) -> pd.DataFrame:
    half = (n_bins + 1) // 2
    rows = [
        ("Core value", *[f"{half + 1}-{n_bins}"] * 3),
        ("Marginal value", *[f"1-{half}"] * 3),
        ("Potential value", *[OTHERWISE] * 3),
    ]
    return pd.DataFrame(rows, columns=["segment", *SCORES])
