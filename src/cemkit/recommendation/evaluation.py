"""evaluate_recommendations: whether what is recommended is bought, against what is popular."""

import dataclasses
import datetime as dt
import math
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from sklearn.base import clone

from cemkit.checks import (
    check_as_of,
    check_flag,
    check_fraction,
    check_integer,
)
from cemkit.checks.options import shown
from cemkit.data.days import day_of
from cemkit.data.reductions.data_span import check_window_seen, last_order_day
from cemkit.data.reductions.gaps import purchase_gaps
from cemkit.errors import NotEnoughDataError
from cemkit.proportions.intervals import critical_value, rate_bounds
from cemkit.recommendation.cross_sell import CrossSell
from cemkit.results import Result

Flags = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationScore(Result):
    """Accuracy of recommendations compared with popular products, from `evaluate_recommendations`.

    Attributes:
        hit_rate: Share of customers who bought at least one of their k recommendations, with its
            Wilson interval `hit_rate_lower, hit_rate_upper`. Only customers who bought a product
            that could be recommended are scored.
        recall: Mean share of a customer's purchased products that were among the k recommendations.
        coverage: Share of the products recommended to at least one customer scored.
        popularity_hit_rate, popularity_recall, popularity_coverage: The same measures when
            recommending the most popular products.
        advantage: `hit_rate` minus `popularity_hit_rate`, with `advantage_lower, advantage_upper`
            for paired proportions (Bonett and Price).
        customers: Number of customers scored.

    Examples:
        >>> RecommendationScore.__mro__[1].__name__
        'Result'
    """

    k: int
    customers: int
    hit_rate: float
    hit_rate_lower: float
    hit_rate_upper: float
    recall: float
    coverage: float
    popularity_hit_rate: float
    popularity_recall: float
    popularity_coverage: float
    advantage: float
    advantage_lower: float
    advantage_upper: float
    confidence_level: float


def evaluate_recommendations(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    window_days: int,
    *,
    model: CrossSell | None = None,
    k: int = 10,
    new_only: bool = True,
    data_until: str | dt.date | pd.Timestamp | None = None,
    confidence_level: float = 0.95,
) -> RecommendationScore:
    """Score recommendations as of a day on the purchases in the window after it.

    Args:
        orders: Order table with `customer_id, order_date, amount, product`. The data must cover the
            whole window.
        as_of: Last day of the orders used in the fit.
        window_days: Length of the window in days: `as_of < date <= as_of + window_days`.
        model: Recommender to score; a clone of it is fitted. None for `CrossSell()`.
        k: Number of recommendations per customer.
        new_only: Whether to count only products that the customer had not bought before.
        data_until: Last day that the data cover. By default the day of the last order; give it if
            nothing was sold on the last days.
        confidence_level: Confidence level of the intervals, as a fraction.

    Returns:
        A `RecommendationScore` over the customers known on `as_of` who then bought a product that
        could be recommended.

    Raises:
        NotEnoughDataError: There is no such customer.
        DataError: The window ends after the data, or `data_until` lies before the last order.

    References:
        Bonett, Price (2012), Adjusted Wald confidence interval for a difference of binomial
        proportions based on paired data, Journal of Educational and Behavioral Statistics 37.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 1, 2, 2, 3, 4, 3],
        ...         "order_date": pd.to_datetime(["2024-01-01"] * 6 + ["2024-02-01"]),
        ...         "amount": 1.0,
        ...         "product": ["tea", "pot", "tea", "pot", "tea", "mug", "pot"],
        ...     }
        ... )
        >>> score = evaluate_recommendations(
        ...     orders, "2024-01-31", window_days=1, model=CrossSell(min_customers=1), k=1
        ... )
        >>> score.hit_rate, score.customers
        (1.0, 1)
    """
    check_fraction(confidence_level, "confidence_level")
    check_flag(new_only, "new_only")
    if not isinstance(model, CrossSell | None):
        raise TypeError(f"model must be a CrossSell, not {shown(model)}")
    start, window = check_as_of(as_of), check_integer(window_days, "window_days", minimum=1)
    end = start + pd.Timedelta(days=window)
    check_window_seen(end, last_order_day(orders), data_until)
    fitted = clone(model or CrossSell()).fit(orders, as_of=start)
    bought = _bought_later(fitted, orders, start, end, new_only)
    rows = np.flatnonzero(np.diff(bought.indptr))
    if len(rows) == 0:
        raise NotEnoughDataError(
            "customers who bought a product that could be recommended", have=0, need=1
        )
    ids = fitted.customers_.take(rows)
    ours = _Hits.of(fitted, fitted.recommend(ids, k, new_only=new_only), bought, rows)
    popular = _Hits.of(fitted, fitted.popular(ids, k, new_only=new_only), bought, rows)
    z = critical_value(confidence_level)
    hits, tries = np.array([ours.hit.sum(), len(rows)], dtype=np.float64)
    lower, upper = rate_bounds(hits, tries, z)
    advantage, advantage_lower, advantage_upper = _advantage(ours.hit, popular.hit, float(z))
    return RecommendationScore(
        k=k,
        customers=len(rows),
        hit_rate=float(ours.hit.mean()),
        hit_rate_lower=float(lower),
        hit_rate_upper=float(upper),
        recall=ours.recall,
        coverage=ours.coverage,
        popularity_hit_rate=float(popular.hit.mean()),
        popularity_recall=popular.recall,
        popularity_coverage=popular.coverage,
        advantage=advantage,
        advantage_lower=advantage_lower,
        advantage_upper=advantage_upper,
        confidence_level=confidence_level,
    )


def _advantage(ours: Flags, popular: Flags, z: float) -> tuple[float, float, float]:
    """The difference of two paired proportions, with Bonett and Price's bounds."""
    # One customer more in favour of each, so that a few who agree are no certainty.
    won = 1 + np.count_nonzero(ours & ~popular)
    lost = 1 + np.count_nonzero(popular & ~ours)
    total = len(ours) + 2
    centre = (won - lost) / total
    half = z * math.sqrt(((won + lost) / total - centre**2) / total)
    return (won - lost) / len(ours), max(centre - half, -1.0), min(centre + half, 1.0)


@dataclasses.dataclass(frozen=True, slots=True)
class _Hits:
    hit: Flags
    recall: float
    coverage: float

    @classmethod
    def of(
        cls,
        model: CrossSell,
        recommended: pd.DataFrame,
        bought: sparse.csr_array,
        rows: npt.NDArray[np.intp],
    ) -> Self:
        who = model.customers_.get_indexer(pd.Index(recommended["customer_id"]))
        what = model.products_.get_indexer(pd.Index(recommended["product"]))
        shown = sparse.csr_array((np.ones(len(who)), (who, what)), bought.shape)
        hits = (shown * bought).sum(axis=1)[rows]
        return cls(
            hits > 0,
            float((hits / np.diff(bought.indptr)[rows]).mean()),
            recommended["product"].nunique() / len(model.products_),
        )


def _bought_later(
    model: CrossSell, orders: Any, start: pd.Timestamp, end: pd.Timestamp, new_only: bool
) -> sparse.csr_array:
    table, _ = purchase_gaps(orders, end, ["product"])
    who = model.customers_.get_indexer(pd.Index(table["customer_id"]))
    what = model.products_.get_indexer(pd.Index(table["product"]))
    day = table["first_day" if new_only else "last_day"].to_numpy()
    counts = (who >= 0) & (what >= 0) & (day > day_of(start))
    shape = (len(model.customers_), len(model.products_))
    return sparse.csr_array((np.ones(counts.sum()), (who[counts], what[counts])), shape)
