"""repeat_frequency: how many customers bought again how often, and what a model expects."""

import dataclasses

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import Customers, check_columns, check_frame, check_integer
from cemkit.checks.tables import check_customers
from cemkit.clv.purchases.given import check_model
from cemkit.clv.purchases.histories import Histories
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.errors import DataError
from cemkit.formats import count_text
from cemkit.results import Result

MOST_COUNTS = 1000
SHORTEST = 1e-9  # days; a customer of the last day has had no time to buy again


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RepeatFrequency(Result):
    """Customers by number of repeat purchases, from `repeat_frequency`.

    Attributes:
        model: Name of the purchase model; None without one.
        customers: Number of customers.
        largest_count: Repeat count of the last row, which includes all higher counts.
        table: One row per `repeat_count`: the number of `observed` customers and, with a model, the
            `expected` number, which adds up to the same total.

    Examples:
        >>> from cemkit import BetaGeoModel, customer_table, load_cdnow
        >>> customers = customer_table(load_cdnow("sample"), as_of="1997-09-30")
        >>> found = repeat_frequency(customers, BetaGeoModel().fit(customers), largest_count=2)
        >>> found.table.round().to_dict("list")
        {'observed': [1411, 439, 507], 'expected': [1408.0, 460.0, 489.0]}
    """

    _pictures = ("clv.repeat_frequency",)

    model: str | None
    customers: int
    largest_count: int
    table: pd.DataFrame


def repeat_frequency(
    customers: pd.DataFrame, model: PurchaseModel | None = None, largest_count: int = 7
) -> RepeatFrequency:
    """Count customers by their repeat purchases, and compare with the counts that a model expects.

    The expected number with n purchases is the sum over customers of P(n repeat purchases in the
    time since the first), for new customers of the model. It shows whether the model fits these
    customers. Whether it predicts well needs a hold-out.

    Args:
        customers: Customer table with `repeat_count` and, with a model, `recency_days, tenure_days`
            and its covariates. Customers who never ordered are left out.
        model: Fitted purchase model. None gives only the observed counts.
        largest_count: Repeat count from which customers share a row, at least 1.

    Returns:
        A `RepeatFrequency`, whose table has one row per repeat count.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: Counts are negative or fractional, or a last purchase lies before the first.

    References:
        Fader, Hardie, Lee (2005), "Counting your customers" the easy way, Marketing Science 24,
        whose equation 8 is P(n purchases) of a new customer under the BG/NBD model.

    Examples:
        >>> customers = pd.DataFrame({"repeat_count": [0, 0, 1, 5, 9]})
        >>> repeat_frequency(customers, largest_count=3).table["observed"].tolist()
        [2, 1, 0, 2]
    """
    most = check_integer(largest_count, "largest_count", minimum=1, maximum=MOST_COUNTS)
    rows = Customers.of(check_frame(customers, "customers")).table
    check_columns(rows.columns, ["repeat_count"], "make the table with customer_table")
    count = check_customers(rows, ["repeat_count"])
    _check_whole(count["repeat_count"])
    capped = count["repeat_count"].clip(upper=most).to_numpy().astype(np.int64)
    observed = np.bincount(capped, minlength=most + 1)
    table = pd.DataFrame({"observed": observed}, pd.RangeIndex(most + 1, name="repeat_count"))
    if model is not None:
        table["expected"] = _expected(check_model(model), rows, most)
    return RepeatFrequency(
        model=None if model is None else model.display_name,
        customers=len(rows),
        largest_count=most,
        table=table,
    )


def _expected(model: PurchaseModel, customers: pd.DataFrame, most: int) -> Floats:
    """Customers expected with 0, 1, ... repeat purchases, and with `most` or more."""
    histories = model._read(customers)
    new = _as_newcomers(histories)
    alive, counts = model._alive(new)[:, None], np.arange(most)
    length = np.maximum(histories.T, SHORTEST)
    chances = model._chances_if_alive(model._theta(new), new, counts, length)
    chances = alive * chances
    chances[:, 0] += 1 - alive[:, 0]
    expected = histories.counts @ chances
    return np.append(expected, histories.counts.sum() - expected.sum())


def _check_whole(counts: pd.Series) -> None:
    wrong = (counts < 0) | (counts != np.floor(counts))
    if wrong.any():
        raise DataError(
            "repeat_count must be whole numbers from 0 on: "
            f"{count_text(int(wrong.sum()), 'are')} not, such as "
            f"{counts[wrong].iloc[0]:g}; make the table with customer_table"
        )


def _as_newcomers(histories: Histories) -> Histories:
    """The same customers on the day of their first purchase."""
    none = np.zeros_like(histories.T)
    return dataclasses.replace(histories, x=none, t_x=none, T=none)
