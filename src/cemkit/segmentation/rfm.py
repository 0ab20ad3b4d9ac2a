"""RFMSegmenter: recency, frequency and monetary scores, and segments named by a rule table."""

import itertools
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from cemkit.checks import check_choice, check_columns, check_customers, check_integer
from cemkit.errors import NotEnoughDataError

MEASURES = {
    "recency_score": "recency_days",
    "frequency_score": "order_count",
    "monetary_score": "total_amount",
}
SCORES = list(MEASURES)

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


class RFMSegmenter(TransformerMixin, BaseEstimator):
    """Score customers by recency, frequency and money, and name their segment.

    Scores run from 1 to `n_bins`; more is better, so the most recent buyers score highest. They are
    learnt in `fit` by the minimum-rank rule, `floor((rank - 1) / n * n_bins) + 1` with `rank` the
    lowest rank among equal values: equal values share a score, whatever the row order and the unit
    of money, and new customers are scored against those of the fit.

    Args:
        n_bins: Scores per measure.
        segments: `"classic"`, ten segments that need five bins, or a table with the columns
            `segment, recency_score, frequency_score, monetary_score` whose rows are read from top
            to bottom, first match wins. A cell is a score (`5`), a range (`"2-4"`) or `"any"`.

    Attributes:
        edges_: For each measure the `n_bins - 1` values above which the score rises by one
            (recency negated).
        segments_: The rule table in use.

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

    def __init__(
        self, n_bins: int = 5, segments: Literal["classic"] | pd.DataFrame = "classic"
    ) -> None:
        self.n_bins = n_bins
        self.segments = segments

    def fit(self, customers: pd.DataFrame, y: object = None) -> Self:
        """Learn the scores' edges from these customers.

        Args:
            customers: `recency_days, order_count, total_amount`, one row per customer.
            y: Ignored.

        Raises:
            MissingColumnsError: A column is missing.
            NotEnoughDataError: There are fewer customers than bins.
            ValueError: The rule table leaves a score combination without a segment, or holds a
                rule that none can reach.
        """
        check_integer(self.n_bins, "n_bins", minimum=2)
        rules = _rule_table(self.segments, self.n_bins)
        lookup = _segment_lookup(rules, self.n_bins)
        values = _oriented(customers)
        if len(values) < self.n_bins:
            raise NotEnoughDataError(
                "customers", have=len(values), need=self.n_bins, hint="lower n_bins"
            )
        self.edges_ = {
            score: _minimum_rank_edges(values[score].to_numpy(), self.n_bins) for score in SCORES
        }
        self.segments_ = rules
        self._lookup = lookup
        return self

    def transform(self, customers: pd.DataFrame) -> pd.DataFrame:
        """The scores 1 to `n_bins` on the index of `customers`.

        Args:
            customers: The columns of `fit`, for these or other customers.

        Returns:
            `recency_score, frequency_score, monetary_score`, whole numbers.
        """
        check_is_fitted(self)
        values = _oriented(customers)
        return pd.DataFrame(
            {
                score: np.searchsorted(self.edges_[score], values[score].to_numpy()) + 1
                for score in SCORES
            },
            index=customers.index,
        )

    def predict(self, customers: pd.DataFrame) -> pd.Series:
        """The name of each customer's segment, on the index of `customers`."""
        return self._segments_of(self.transform(customers))

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """The same rows with `recency_score, frequency_score, monetary_score, segment` added."""
        scores = self.transform(customers)
        return customers.assign(**scores, segment=self._segments_of(scores))

    def _segments_of(self, scores: pd.DataFrame) -> pd.Series:
        cell = np.ravel_multi_index(scores.to_numpy().T - 1, (self.n_bins,) * len(SCORES))
        names = self.segments_["segment"].to_numpy()[self._lookup[cell]]
        return pd.Series(names, index=scores.index, name="segment")


def _oriented(customers: pd.DataFrame) -> pd.DataFrame:
    values = check_customers(customers, list(MEASURES.values()))
    oriented = pd.DataFrame({score: values[column] for score, column in MEASURES.items()})
    oriented["recency_score"] *= -1
    return oriented


def _minimum_rank_edges(values: npt.NDArray[np.float64], n_bins: int) -> npt.NDArray[np.float64]:
    # A value scores above k once k/n_bins of the customers lie strictly below it, so edge k is the
    # ceil(k n / n_bins)-th smallest value.
    positions = [-(-k * len(values) // n_bins) - 1 for k in range(1, n_bins)]
    return np.partition(values, positions)[positions]


def _rule_table(segments: object, n_bins: int) -> pd.DataFrame:
    if isinstance(segments, pd.DataFrame):
        check_columns(segments.columns, ["segment", *SCORES])
        return segments[["segment", *SCORES]].reset_index(drop=True)
    check_choice(str(segments), "segments", ["classic"])
    if n_bins != 5:
        raise ValueError(
            f"the classic segments need n_bins=5, not {n_bins}; give a rule table of your own"
        )
    return CLASSIC_SEGMENTS.copy()


def _segment_lookup(rules: pd.DataFrame, n_bins: int) -> npt.NDArray[np.intp]:
    """For each score combination, in row-major order, the first rule that holds it."""
    combinations = np.array(list(itertools.product(range(1, n_bins + 1), repeat=len(SCORES))))
    lookup = np.full(len(combinations), -1)
    for number, rule in enumerate(rules.itertuples(index=False)):
        held = np.ones(len(combinations), dtype=bool)
        for column, cell in enumerate(rule[1:]):
            low, high = _score_range(cell, n_bins)
            held &= (combinations[:, column] >= low) & (combinations[:, column] <= high)
        if not (held & (lookup < 0)).any():
            raise ValueError(
                f"segment rule {number + 1} ({rule[0]!r}) is unreachable: the rules above it "
                "take every score combination it names"
            )
        lookup[held & (lookup < 0)] = number
    if (lookup < 0).any():
        r, f, m = combinations[np.argmax(lookup < 0)]
        raise ValueError(
            f"no segment rule holds recency_score {r}, frequency_score {f}, monetary_score {m}; "
            "add a last row with 'any' in each score"
        )
    return lookup


def _score_range(cell: object, n_bins: int) -> tuple[int, int]:
    text = str(cell).strip()
    if text == "any":
        return 1, n_bins
    low, _, high = text.partition("-")
    if not low.isdigit() or not (high or low).isdigit():
        raise ValueError(f"a rule's cell is a score, a range such as '2-4', or 'any', not {cell!r}")
    limits = int(low), int(high or low)
    if not 1 <= limits[0] <= limits[1] <= n_bins:
        raise ValueError(f"the scores {cell!r} of a rule lie outside 1 to {n_bins}")
    return limits
