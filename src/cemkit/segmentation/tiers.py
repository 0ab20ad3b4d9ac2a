"""value_tiers: customers from the most to the least valuable, in a few tiers."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_columns,
    check_frame,
    check_integer,
    check_list,
    check_spellings,
    check_text,
)
from cemkit.checks.ids import check_ids, check_same_ids, given_ids, normal_ids
from cemkit.checks.options import shown
from cemkit.checks.tables import check_size
from cemkit.data.columns import numbers
from cemkit.data.rounding import is_nothing, settled, widened
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text
from cemkit.results import Result

NAMES = {2: ("High value", "Low value"), 3: ("High value", "Medium value", "Low value")}
MOST_TIERS = 100


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ValueTiers(Result):
    """Customers grouped into value tiers, from `value_tiers`.

    Attributes:
        by: Column with the value.
        customers: Number of customers.
        n_tiers: Number of tiers requested.
        missing: Number of customers without a value, and so without a tier.
        tiers: Tier of each customer: an ordered categorical named `value_tier`, on the ids as
            given; missing without a value.
        table: One row per value tier, highest first: `customers`, their `share` of those with a
            value, the `lowest` and `highest` value, the `total` and its share `value_share`
            (missing unless the values add up to more than 0). Ties can leave a tier empty.

    Examples:
        >>> customers = pd.DataFrame({"clv": [500.0, 80, 80, 10, 5]}, index=list("abcde"))
        >>> found = value_tiers(customers, by="clv")
        >>> found.tiers.to_dict()
        {'a': 'High value', 'b': 'Medium value', 'c': 'Medium value', 'd': 'Low value', ...
    """

    _pictures = ("segmentation.value_concentration",)

    by: str
    customers: int
    n_tiers: int
    missing: int
    tiers: pd.Series
    table: pd.DataFrame

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """Return the same table with the column `value_tier` added, matched by customer id.

        Raises:
            DataError: A customer has no place in these tiers, or the ids are of another kind.
        """
        ids = normal_ids(given_ids(check_frame(customers, "customers")), "customer_id")
        known = normal_ids(self.tiers.index, "customer_id of the tiers")
        check_same_ids(ids, known, "customers", "the tiers")
        places = known.get_indexer(ids)
        if (places < 0).any():
            raise DataError(
                f"{count_text((places < 0).sum(), 'customers have')} no place among the tiers, "
                f"such as {ids[places < 0].tolist()[0]!r}; make the tiers from the same customers"
            )
        return customers.assign(value_tier=self.tiers.array.take(places))

    def _scalars(self) -> dict[str, Any]:
        return {name: value for name, value in Result._scalars(self).items() if name != "tiers"}


def value_tiers(
    customers: pd.DataFrame,
    by: str = "clv",
    n_tiers: int = 3,
    *,
    names: Sequence[str] | None = None,
) -> ValueTiers:
    """Group customers into tiers of equal size by their value; equal values share a tier.

    As for RFM scores, the tier is `floor((rank - 1) / n * n_tiers)` with the lowest rank among
    equal values. It depends neither on the row order nor on the currency. Values that differ by
    less than about 1e-9 of the largest count as equal.

    Args:
        customers: Table with one row per customer.
        by: Column with the value, such as `clv` or `total_amount`; higher is better.
        n_tiers: Number of tiers, from 2 to 100.
        names: Names from the highest tier to the lowest. By default High, Medium and Low value
            (High and Low with two tiers), and `"Tier 1"`, `"Tier 2"`, ... with more.

    Returns:
        A `ValueTiers` with the tier of each customer in `tiers` and statistics of each tier in
        `table`.

    Raises:
        MissingColumnsError: `customers` lacks the column `by`.
        DataError: The values are infinite or not numbers, or an id occurs twice.
        NotEnoughDataError: There are fewer customers with a value than tiers.
        ValueError: `names` does not have one name per tier, or has a name twice.

    Examples:
        >>> customers = pd.DataFrame({"clv": [500.0, 80, 80, 10, 5, None]})
        >>> found = value_tiers(customers, by="clv")
        >>> found.table[["customers", "lowest", "value_share"]].round(2)
                      customers  lowest  value_share
        value_tier
        High value            1   500.0         0.74
        Medium value          2    80.0         0.24
        Low value             2     5.0         0.02
    """
    check_frame(customers, "customers")
    check_columns(customers.columns, [check_text(by, "by")], "by names the column with the value")
    check_ids(customers, "customers")
    count = check_integer(n_tiers, "n_tiers", minimum=2, maximum=MOST_TIERS)
    labels = _names(names, count)
    values = _finite(customers[by], by)
    known = ~np.isnan(values)
    if known.sum() < count:
        raise NotEnoughDataError(
            f"customers with a value in {by!r}", int(known.sum()), count, "lower n_tiers"
        )
    place = np.full(len(values), -1)
    place[known] = count - 1 - _from_below(values[known], count)
    # From the lowest to the highest, so that > means more valuable.
    ordered = pd.CategoricalDtype(labels[::-1], ordered=True)
    codes = np.where(place < 0, -1, count - 1 - place)
    tiers = pd.Series(
        pd.Categorical.from_codes(codes, dtype=ordered),
        index=given_ids(customers),
        name="value_tier",
    )
    return ValueTiers(
        by=by,
        customers=len(values),
        n_tiers=count,
        missing=int((~known).sum()),
        tiers=tiers,
        table=_summary(values[known], place[known], labels),
    )


def _names(names: Sequence[str] | None, count: int) -> list[str]:
    if names is None:
        return list(NAMES.get(count, [f"Tier {number}" for number in range(1, count + 1)]))
    given = check_list(names, "names")
    if len(given) != count or not all(isinstance(name, str) and name.strip() for name in given):
        raise ValueError(
            f"names must be {count_text(count, 'texts')}, from the highest tier to the lowest, not "
            f"{shown(given)}"
        )
    if len(set(given)) < count:
        raise ValueError(f"names has a name twice: {shown(given)}; give each tier its own")
    check_spellings(given, "names")
    return given


def _finite(values: pd.Series, by: str) -> Floats:
    found = numbers(widened(values), by).astype(np.float64)
    if np.isinf(found).any():
        raise DataError(
            f"{by} has {count_text(np.isinf(found).sum(), 'infinite values')}; correct them first"
        )
    check_size(found[~np.isnan(found)], by)
    return found


def _from_below(values: Floats, count: int) -> npt.NDArray[np.int64]:
    """0 for the lowest tier, by how many customers have less."""
    sums = settled(values)
    less = np.searchsorted(np.sort(sums), sums, side="left").astype(np.int64)
    return less * count // len(sums)


def _summary(values: Floats, place: npt.NDArray[np.intp], labels: list[str]) -> pd.DataFrame:
    groups = pd.Series(values).groupby(place)
    order = range(len(labels))
    table = pd.DataFrame({"customers": groups.size().reindex(order, fill_value=0)})
    table["share"] = table["customers"] / len(values)
    table["lowest"], table["highest"] = (groups.min().reindex(order), groups.max().reindex(order))
    table["total"] = groups.sum().reindex(order, fill_value=0.0)
    total = float(values.sum())
    shared = total > 0 and not is_nothing(total, values)
    table["value_share"] = table["total"] / total if shared else np.nan
    return table.set_axis(pd.Index(labels, name="value_tier"))
