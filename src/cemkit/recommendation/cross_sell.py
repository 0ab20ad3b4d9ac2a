"""CrossSell: which products next, from what customers bought together."""

import copy
import dataclasses
import datetime as dt
from collections.abc import Callable, Iterator
from typing import Any, Literal, Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import (
    by_customer,
    check_as_of,
    check_choice,
    check_flag,
    check_integer,
    check_list,
    check_positive,
    check_same_ids,
    normal_ids,
)
from cemkit.data.days import day_of
from cemkit.data.reductions.gaps import purchase_gaps
from cemkit.described import Described
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text, moment_text
from cemkit.recommendation.best_products import Scores, best
from cemkit.storage.fields import (
    choice,
    integer,
    integers,
    labels,
    number,
    numbers,
    optional,
    record,
)
from cemkit.storage.text import Layout, from_text, to_text

Method = Literal["cosine", "lift", "confidence"]
METHODS = ["cosine", "lift", "confidence"]
ROWS = 500  # of affinities computed at once
BLOCK = 2_000  # customers scored at once, so that memory does not grow with them
OLDEST = 30  # half-lives: squares of weights below 2^-30 would vanish in rounding
DENSE_PRODUCTS = 20_000  # whose affinities take 1.6 GB; those of more are kept sparse
MOST_PAIRS = 200_000_000  # that were bought together, which take 1.6 GB too
LARGEST_INDEX = 2**62
LAYOUT = Layout(
    1,
    {
        "parameters": record(
            {
                "method": choice(*METHODS),
                "half_life_days": optional(number(above=0)),
                "min_customers": integer(1),
            }
        ),
        "customers": labels("customers", least=1),
        "products": labels("products", least=2),
        "ends": integers("ends", 0, LARGEST_INDEX),
        "bought": integers("bought", 0, LARGEST_INDEX),
        "weights": numbers("bought", minimum=0.5**OLDEST, maximum=1),
    },
)


class CrossSell(Described):
    """Item-based recommendations of next products, from products bought by the same customers.

    Let w[c, p] = 0.5^(age / half_life_days) be the weight of customer c's last purchase of product
    p (1 without a half-life, 0 without a purchase; it does not fall further after 30 half-lives).
    With n[p, q] = sum over c of w[c, p] w[c, q], the affinity of p and q is

    - `"cosine"`: n[p, q] / sqrt(n[p, p] n[q, q]);
    - `"confidence"`: n[p, q] / n[p, p], the share of p's customers who bought q too;
    - `"lift"`: customers * n[p, q] / (n[p, p] n[q, q]).

    The score of product q for customer c is the sum of w[c, p] times this affinity over the
    products p bought.

    Args:
        method: Measure of affinity between two products: `"cosine"`, `"confidence"` or `"lift"`.
        half_life_days: Number of days after which a purchase has half the weight. None weights all
            purchases equally.
        min_customers: Smallest number of customers of a product. Rarer products are left out.

    Attributes:
        products_: Products that can be recommended, sorted.
        affinity_: Affinities of shape (products, products), from the product bought (row) to the
            next one. With more than 20,000 products it is a scipy sparse array of the pairs that a
            customer bought together.
        popularity_: Decayed number of customers of each product.
        as_of_: Day of the fit; not saved to JSON.

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
        """Compute the affinities of products from the orders.

        Args:
            orders: Order table with `customer_id, order_date, amount, product`, on any engine.
            y: Not used.
            as_of: Last day seen. Later orders are left out.

        Returns:
            The fitted recommender itself.

        Raises:
            MissingColumnsError: A column is missing.
            NotEnoughDataError: Fewer than two products have `min_customers` customers.
            DataError: There are more than 20,000 products, and more than 200,000,000 pairs of them
                were bought together.
        """
        check_choice(self.method, "method", METHODS)
        least = check_integer(self.min_customers, "min_customers", minimum=1)
        end = check_as_of(as_of)
        bought = _Bought.of(orders, end, least)
        weight = np.ones(len(bought.last_day))
        if self.half_life_days is not None:
            half_life = check_positive(self.half_life_days, "half_life_days")
            age = day_of(end) - bought.last_day
            weight = 0.5 ** np.minimum(age / half_life, OLDEST)
        fitted = copy.copy(self)._learnt(bought.customers, bought.products, bought.matrix(weight))
        fitted.as_of_ = end
        self.__dict__.update(fitted.__dict__)  # at once: an interrupted fit changes nothing
        return self

    def recommend(
        self, customers: Any = None, k: int = 5, *, new_only: bool = True
    ) -> pd.DataFrame:
        """Return the `k` products with the highest score for each customer.

        Args:
            customers: Ids, or a table of customers. None for all customers of the fit.
            k: Largest number of products per customer.
            new_only: Whether to leave out products that the customer has bought.

        Returns:
            One row per customer and product, best first: `customer_id, product, rank, score`. Ties
            are in the order of the products. A customer with fewer than `k` products with a score
            above 0 has fewer rows. A customer whose products nobody else bought has none.

        Raises:
            DataError: A customer had no purchase in the fit.
        """
        check_is_fitted(self)
        return self._ranked(customers, k, self._affine, new_only=new_only)

    def popular(self, customers: Any = None, k: int = 5, *, new_only: bool = True) -> pd.DataFrame:
        """Recommend the most popular products, as a baseline for `recommend`."""
        check_is_fitted(self)
        return self._ranked(customers, k, self._popular, new_only=new_only)

    def _facts(self) -> dict[str, Any]:
        day = {"as_of": moment_text(self.as_of_)} if hasattr(self, "as_of_") else {}
        buyers = np.bincount(self._weights.indices, minlength=len(self.products_))
        table = pd.DataFrame({"customers": buyers, "popularity": self.popularity_})
        return {
            **day,
            "customers": len(self.customers_),
            "products": len(self.products_),
            "table": table.sort_values("popularity", ascending=False, kind="stable"),
        }

    def to_json(self) -> str:
        """Return purchases and weights as JSON text; `from_json` restores the model.

        Raises:
            TypeError: The customers or products are neither numbers nor text.
        """
        check_is_fitted(self)
        bought = {
            "customers": self.customers_.tolist(),
            "products": self.products_.tolist(),
            "ends": self._weights.indptr.tolist(),
            "bought": self._weights.indices.tolist(),
            "weights": self._weights.data.tolist(),
        }
        return to_text(self, LAYOUT, {"parameters": self.get_params(), **bought})

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the fitted model from the text of `to_json`.

        Raises:
            DataError: The text is not a saved CrossSell, or is damaged.
        """
        with from_text(cls, text, LAYOUT) as state:
            _check_bought(state)
        customers = pd.Index(state["customers"], name="customer_id")
        products = pd.Index(state["products"], name="product")
        entries = (state["weights"], state["bought"], state["ends"])
        weights = sparse.csr_array(entries, (len(customers), len(products)), dtype=np.float64)
        return cls(**state["parameters"])._learnt(customers, products, weights)

    def _learnt(self, customers: pd.Index, products: pd.Index, weights: sparse.csr_array) -> Self:
        self.customers_, self.products_, self._weights = customers, products, weights
        popularity = np.asarray(weights.sum(axis=0)).ravel()
        self.popularity_ = pd.Series(popularity, index=products, name="popularity")
        self.affinity_ = _affinity(weights, self.method)
        return self

    def _ranked(
        self,
        customers: Any,
        k: int,
        scores: Callable[..., Scores | sparse.csr_array],
        *,
        new_only: bool,
    ) -> pd.DataFrame:
        count = min(check_integer(k, "k", minimum=1), len(self.products_))
        check_flag(new_only, "new_only")
        rows = self._rows(customers)
        product = np.empty((len(rows), count), dtype=np.intp)
        score = np.empty((len(rows), count), dtype=np.float32)
        size = max(1, BLOCK * DENSE_PRODUCTS // max(DENSE_PRODUCTS, len(self.products_)))
        for start in range(0, len(rows), size):
            block = slice(start, start + size)
            seen = self._weights[rows[block]] if new_only else None
            product[block], score[block] = best(scores(rows[block]), count, seen)
        kept = score > 0
        table = {
            "customer_id": self.customers_.take(rows).repeat(kept.sum(axis=1)),
            "product": self.products_.take(product[kept]),
            "rank": np.broadcast_to(np.arange(1, count + 1), kept.shape)[kept],
            "score": score[kept],
        }
        return pd.DataFrame(table)

    def _affine(self, rows: npt.NDArray[np.intp]) -> Scores | sparse.csr_array:
        return self._weights[rows].astype(np.float32) @ self.affinity_

    def _popular(self, rows: npt.NDArray[np.intp]) -> Scores:
        return np.tile(self.popularity_.to_numpy(dtype=np.float32), (len(rows), 1))

    def _rows(self, customers: Any) -> npt.NDArray[np.intp]:
        if customers is None:
            return np.arange(len(self.customers_))
        if isinstance(customers, pd.DataFrame):
            ids = by_customer(customers, "customers").index
        else:
            ids = normal_ids(pd.Index(check_list(customers, "customers")), "customers")
        if len(ids):
            check_same_ids(ids, self.customers_, "customers", "the fit")
        rows = self.customers_.get_indexer(ids)
        if (rows < 0).any():
            raise DataError(
                f"{count_text(int((rows < 0).sum()), 'customers')} had no purchase in the fit, "
                f"such as {ids[rows < 0].tolist()[0]!r}; offer them what is popular instead"
            )
        return rows


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
                hint="lower min_customers, or group the products",
            )
        first, last = (table[name].to_numpy() for name in ("first_day", "last_day"))
        ids = pd.Index(customers, name="customer_id")
        return cls(ids, pd.Index(products, name="product"), who, what, first, last)

    def matrix(self, values: Floats) -> sparse.csr_array:
        shape = (len(self.customers), len(self.products))
        return sparse.csr_array((values, (self.who, self.what)), shape)


def _check_bought(state: dict[str, Any]) -> None:
    """Raise unless ends, products and weights are a sparse matrix as `fit` makes it."""
    ends, bought, products = state["ends"], state["bought"], len(state["products"])
    if len(ends) != 1 + len(state["customers"]):
        raise DataError(
            f"it has {len(ends)} ends for {count_text(len(state['customers']), 'customers')}"
        )
    if ends[0] != 0 or ends[-1] != len(bought) or (np.diff(ends) < 0).any():
        raise DataError(f"ends must rise from 0 to the {count_text(len(bought), 'purchases')}")
    if bought.max(initial=0) >= products:
        raise DataError(
            f"it has {count_text(products, 'products')}, and none is number {bought.max()}"
        )
    customer = np.repeat(np.arange(len(ends) - 1), np.diff(ends))
    same = np.diff(customer) == 0
    if (np.diff(bought)[same] <= 0).any():
        raise DataError("each customer's products must be in order and differ")
    least, fewest = state["parameters"]["min_customers"], np.bincount(bought, minlength=products)
    if (fewest < least).any():
        raise DataError(
            f"a product has {count_text(fewest.min(), 'customers')}, below min_customers={least}"
        )


def _affinity(weights: sparse.csr_array, method: Method) -> Scores | sparse.csr_array:
    """The affinities of all products, some rows at a time: dense, or sparse where they are many."""
    products = weights.shape[1]
    if products > DENSE_PRODUCTS:
        return _stacked(_affinity_blocks(weights, method), products)
    affinity = np.empty((products, products), dtype=np.float32)  # ranks need no more digits
    for start, rows in zip(
        range(0, products, ROWS), _affinity_blocks(weights, method), strict=True
    ):
        affinity[start : start + ROWS] = rows.toarray()
    return affinity


def _stacked(blocks: Iterator[sparse.csr_array], products: int) -> sparse.csr_array:
    """The blocks under each other, unless they hold more pairs than memory should."""
    parts, pairs = [], 0
    for block in blocks:
        parts.append(block)
        pairs += block.nnz
        if pairs > MOST_PAIRS:
            raise DataError(
                f"more than {MOST_PAIRS:,} pairs of the {count_text(products, 'products were')} "
                "bought together, and memory holds no more; raise min_customers, or name broader "
                "products"
            )
    return sparse.vstack(parts, format="csr")


def _affinity_blocks(weights: sparse.csr_array, method: Method) -> Iterator[sparse.csr_array]:
    """The affinities of some products at a time to all, of the pairs bought together."""
    columns = weights.T.tocsr()
    own = np.asarray(weights.multiply(weights).sum(axis=0)).ravel()
    for start in range(0, weights.shape[1], ROWS):
        together = (columns[start : start + ROWS] @ weights).tocoo()
        bought, following = together.row + start, together.col
        apart = bought != following  # a product says nothing about itself
        values = _measured(together.data, own[bought], own[following], method, weights.shape[0])
        places = (together.row[apart], following[apart])
        yield sparse.csr_array((values[apart].astype(np.float32), places), together.shape)


def _measured(
    together: Floats, bought: Floats, following: Floats, method: Method, customers: int
) -> Floats:
    """The affinity of each pair, of the weights that it has together and apart."""
    if method == "cosine":
        return together / np.sqrt(bought * following)
    if method == "confidence":
        return together / bought
    return together * customers / (bought * following)
