"""CrossSell: which products next, from what customers bought together; and whether that works."""

import dataclasses
import datetime as dt
import math
from collections.abc import Callable
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from scipy.special import ndtri
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from cemkit.checks import (
    by_customer,
    check_as_of,
    check_choice,
    check_fraction,
    check_integer,
    check_positive,
)
from cemkit.data.reductions.repurchase import purchase_gaps
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.proportions.intervals import critical_value, rate_bounds
from cemkit.results import Language, Result

Floats = npt.NDArray[np.float64]
Scores = npt.NDArray[np.float32]
Method = Literal["cosine", "lift", "confidence"]
METHODS = ["cosine", "lift", "confidence"]
EPOCH = pd.Timestamp("1970-01-01")
BLOCK = 2_000  # customers scored at once, so that memory does not grow with them
OLDEST = 30  # half-lives: squares of weights below 2^-30 would vanish in rounding


class CrossSell(BaseEstimator):
    """Next products for each customer, from those bought by the same customers.

    With w[c, p] = 0.5^(age / half_life_days) of the customer's last purchase of a product (1
    without a half-life, 0 where there is none; beyond 30 half-lives it fades no further) and
    n[p, q] = sum over c of w[c, p] w[c, q],

    - `"cosine"`: n[p, q] / sqrt(n[p, p] n[q, q]);
    - `"confidence"`: n[p, q] / n[p, p], the share of p's customers who bought q too;
    - `"lift"`: customers * n[p, q] / (n[p, p] n[q, q]).

    A product's score for a customer is the sum over what was bought of w[c, p] times this.

    Args:
        method: How the affinity of two products is measured.
        half_life_days: Days after which a purchase counts for half; None to count all alike.
        min_customers: Products with fewer customers are left out.

    Attributes:
        products_: The products that can be recommended, sorted.
        affinity_: Shape (products, products), from the product bought (row) to the next one.
        popularity_: The decayed number of customers of each product.

    References:
        Linden, Smith, York (2003), Amazon.com recommendations: item-to-item collaborative
        filtering; Sarwar et al. (2001), Item-based collaborative filtering.

    Examples:
        >>> orders = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 1, 2, 2, 3, 4],
        ...         "order_date": pd.Timestamp("2024-01-01"),
        ...         "amount": 1.0,
        ...         "product": ["tea", "pot", "tea", "pot", "tea", "mug"],
        ...     }
        ... )
        >>> model = CrossSell(min_customers=1).fit(orders, as_of="2024-01-31")
        >>> model.recommend([3], k=1)[["customer_id", "product", "rank"]].values.tolist()
        [[3, 'pot', 1]]
    """

    def __init__(
        self,
        *,
        method: Method = "cosine",
        half_life_days: float | None = 180,
        min_customers: int = 5,
    ) -> None:
        self.method = method
        self.half_life_days = half_life_days
        self.min_customers = min_customers

    def fit(self, orders: Any, y: None = None, *, as_of: str | dt.date | pd.Timestamp) -> Self:
        """Count who bought what together.

        Args:
            orders: `customer_id, order_date, amount, product`, on any engine.
            y: Not used.
            as_of: The last day seen; later orders are left out.

        Raises:
            MissingColumnsError: A column is missing.
            NotEnoughDataError: Fewer than two products have `min_customers` customers.
        """
        check_choice(self.method, "method", METHODS)
        least = check_integer(self.min_customers, "min_customers", minimum=1)
        end = check_as_of(as_of)
        bought = _Bought.of(orders, end, least)
        weight = np.ones(len(bought.last_day))
        if self.half_life_days is not None:
            half_life = check_positive(self.half_life_days, "half_life_days")
            age = (end - EPOCH).days - bought.last_day
            weight = 0.5 ** np.minimum(age / half_life, OLDEST)
        self.customers_, self.products_ = bought.customers, bought.products
        self._weights = bought.matrix(weight)
        together = (self._weights.T @ self._weights).toarray()
        self.popularity_ = pd.Series(
            np.asarray(self._weights.sum(axis=0)).ravel(), index=self.products_, name="popularity"
        )
        self.affinity_ = _affinity(together, self.method, len(self.customers_))
        return self

    def recommend(
        self, customers: Any = None, k: int = 5, *, new_only: bool = True
    ) -> pd.DataFrame:
        """The `k` products of the highest score for each customer.

        Args:
            customers: Ids, or a table of customers; None for all of the fit.
            k: Products per customer.
            new_only: Whether to leave out what the customer bought before.

        Returns:
            One row per customer and product, best first: `customer_id, product, rank, score`. A
            customer with fewer than `k` products of a score above 0 has fewer rows; one whose
            products nobody else bought has none.

        Raises:
            DataError: A customer had no purchase in the fit.
        """
        check_is_fitted(self)
        return self._ranked(customers, k, self._affine, new_only=new_only)

    def popular(self, customers: Any = None, k: int = 5, *, new_only: bool = True) -> pd.DataFrame:
        """The same as `recommend`, by the popularity of the products alone: the one to beat."""
        check_is_fitted(self)
        return self._ranked(customers, k, self._popular, new_only=new_only)

    def _ranked(
        self, customers: Any, k: int, scores: Callable[..., Scores], *, new_only: bool
    ) -> pd.DataFrame:
        count = min(check_integer(k, "k", minimum=1), len(self.products_))
        rows = self._rows(customers)
        product = np.empty((len(rows), count), dtype=np.intp)
        score = np.empty((len(rows), count), dtype=np.float32)
        for start in range(0, len(rows), BLOCK):
            block = slice(start, start + BLOCK)
            values = scores(rows[block])
            if new_only:
                seen = self._weights[rows[block]].tocoo()
                values[seen.row, seen.col] = -1.0
            product[block], score[block] = _best(values, count)
        kept = score > 0
        table = {
            "customer_id": self.customers_.take(rows).repeat(kept.sum(axis=1)),
            "product": self.products_.take(product[kept]),
            "rank": np.broadcast_to(np.arange(1, count + 1), kept.shape)[kept],
            "score": score[kept],
        }
        return pd.DataFrame(table)

    def _affine(self, rows: npt.NDArray[np.intp]) -> Scores:
        scores: Scores = self._weights[rows].astype(np.float32) @ self.affinity_
        return scores

    def _popular(self, rows: npt.NDArray[np.intp]) -> Scores:
        return np.tile(self.popularity_.to_numpy(dtype=np.float32), (len(rows), 1))

    def _rows(self, customers: Any) -> npt.NDArray[np.intp]:
        if customers is None:
            return np.arange(len(self.customers_))
        if isinstance(customers, pd.DataFrame):
            customers = by_customer(customers, "customers").index
        ids = pd.Index(customers)
        rows = self.customers_.get_indexer(ids)
        if (rows < 0).any():
            raise DataError(
                f"{int((rows < 0).sum())} customers had no purchase in the fit, such as "
                f"{ids[rows < 0].tolist()[0]!r}; offer them what is popular instead"
            )
        return rows


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RecommendationScore(Result):
    """How often recommendations were bought afterwards, against the most popular products.

    Attributes:
        hit_rate: Customers who bought at least one of their k recommendations, of those who bought
            a product that could be recommended; with `hit_rate_lower, hit_rate_upper` (Wilson).
        recall: Mean share of what they bought that was among the k.
        coverage: Share of the products that was recommended to anybody scored.
        popularity_hit_rate, popularity_recall, popularity_coverage: Of the most popular products.
        advantage: The hit rate less popularity's, with `advantage_lower, advantage_upper` (of
            paired proportions, by Bonett and Price).
        customers: Those scored.

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

    def sentence(self, language: Language = "en") -> str:
        """The comparison in words."""
        check_choice(language, "language", ["en", "zh"])
        if language == "zh":
            return (
                f"{self.customers:,} 位客户中，{self.hit_rate:.1%} 购买了 {self.k} 个推荐之一，"
                f"热门商品为 {self.popularity_hit_rate:.1%}，相差 {self.advantage:+.1%}"
                f"（{self.confidence_level:.0%} 区间 {self.advantage_lower:+.1%} 至 "
                f"{self.advantage_upper:+.1%}）。"
            )
        return (
            f"Of {self.customers:,} customers {self.hit_rate:.1%} bought one of {self.k} "
            f"recommendations, against {self.popularity_hit_rate:.1%} for the most popular "
            f"products: {self.advantage:+.1%} ({self.confidence_level:.0%} interval "
            f"{self.advantage_lower:+.1%} to {self.advantage_upper:+.1%})."
        )


def evaluate_recommendations(
    orders: Any,
    as_of: str | dt.date | pd.Timestamp,
    window_days: int,
    *,
    model: CrossSell | None = None,
    k: int = 10,
    new_only: bool = True,
    confidence_level: float = 0.95,
) -> RecommendationScore:
    """Recommend as of a day, and see what was bought in the window after it.

    Args:
        orders: `customer_id, order_date, amount, product`, past the end of the window.
        as_of: The last day the model sees.
        window_days: Length of the window, `as_of < date <= as_of + window_days`.
        model: The recommender to score, which is cloned; `CrossSell()` where not given.
        k: Products per customer.
        new_only: Whether only products that the customer had not bought count.
        confidence_level: Of the intervals.

    Returns:
        Over the customers known on `as_of` who then bought a product that could be recommended.

    Raises:
        NotEnoughDataError: There is no such customer.

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
        ...     orders, "2024-01-31", window_days=30, model=CrossSell(min_customers=1), k=1
        ... )
        >>> score.hit_rate, score.customers
        (1.0, 1)
    """
    check_fraction(confidence_level, "confidence_level")
    start, window = check_as_of(as_of), check_integer(window_days, "window_days", minimum=1)
    fitted = clone(model or CrossSell()).fit(orders, as_of=start)
    bought = _bought_later(fitted, orders, start, start + pd.Timedelta(days=window), new_only)
    rows = np.flatnonzero(np.diff(bought.indptr))
    if len(rows) == 0:
        raise NotEnoughDataError(
            "customers who bought a product that could be recommended", have=0, need=1
        )
    ids = fitted.customers_.take(rows)
    ours = _Hits.of(fitted, fitted.recommend(ids, k, new_only=new_only), bought, rows)
    popular = _Hits.of(fitted, fitted.popular(ids, k, new_only=new_only), bought, rows)
    z = float(ndtri(0.5 + confidence_level / 2))
    hits, tries = np.array([ours.hit.sum(), len(rows)], dtype=np.float64)
    lower, upper = rate_bounds(hits, tries, critical_value(confidence_level))
    # One customer more in favour of each, so that a few who agree are no certainty.
    won = 1 + np.count_nonzero(ours.hit & ~popular.hit)
    lost = 1 + np.count_nonzero(popular.hit & ~ours.hit)
    centre = (won - lost) / (len(rows) + 2)
    half = z * math.sqrt(((won + lost) / (len(rows) + 2) - centre**2) / (len(rows) + 2))
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
        advantage=(won - lost) / len(rows),
        advantage_lower=max(centre - half, -1.0),
        advantage_upper=min(centre + half, 1.0),
        confidence_level=confidence_level,
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Hits:
    hit: npt.NDArray[np.bool_]
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
    counts = (who >= 0) & (what >= 0) & (day > (start - EPOCH).days)
    shape = (len(model.customers_), len(model.products_))
    return sparse.csr_array((np.ones(counts.sum()), (who[counts], what[counts])), shape)


@dataclasses.dataclass(frozen=True, slots=True)
class _Bought:
    """The customers, the products with enough of them, and when who bought which."""

    customers: pd.Index
    products: pd.Index
    who: npt.NDArray[np.intp]
    what: npt.NDArray[np.intp]
    first_day: npt.NDArray[np.int64]
    last_day: npt.NDArray[np.int64]

    @classmethod
    def of(cls, orders: Any, end: pd.Timestamp, min_customers: int) -> "_Bought":
        table, _ = purchase_gaps(orders, end, ["product"])
        enough = (
            table.groupby("product", observed=True)["product"].transform("size") >= min_customers
        )
        who, customers = pd.factorize(table["customer_id"], sort=True)
        table, who = table[enough], who[enough.to_numpy()]
        what, products = pd.factorize(table["product"], sort=True)
        if len(products) < 2:
            raise NotEnoughDataError(
                f"products with {min_customers} customers",
                have=len(products),
                need=2,
                hint="lower min_customers, or name broader products",
            )
        first, last = (table[name].to_numpy() for name in ("first_day", "last_day"))
        ids = pd.Index(customers, name="customer_id")
        return cls(ids, pd.Index(products, name="product"), who, what, first, last)

    def matrix(self, values: Floats) -> sparse.csr_array:
        shape = (len(self.customers), len(self.products))
        return sparse.csr_array((values, (self.who, self.what)), shape)


def _affinity(together: Floats, method: Method, customers: int) -> Scores:
    own = together.diagonal().copy()
    if method == "cosine":
        affinity = together / np.sqrt(np.outer(own, own))
    elif method == "confidence":
        affinity = together / own[:, None]
    else:
        affinity = together * customers / np.outer(own, own)
    np.fill_diagonal(affinity, 0)  # a product says nothing about itself
    return affinity.astype(np.float32)  # half the memory; ranks need no more digits


def _best(scores: Scores, k: int) -> tuple[npt.NDArray[np.intp], Scores]:
    """The k best columns of each row, best first; equal scores by the order of the products."""
    columns = np.arange(scores.shape[1])
    top = columns[np.newaxis] + np.zeros((len(scores), 1), dtype=np.intp)
    if k < scores.shape[1]:
        top = np.sort(np.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
    values = np.take_along_axis(scores, top, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    return np.take_along_axis(top, order, axis=1), np.take_along_axis(values, order, axis=1)
