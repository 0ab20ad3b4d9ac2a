"""offer_profit: what each offer would earn with each customer, its costs counted in full."""

import warnings
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import by_customer, check_columns, check_frame, check_number, finite_values
from cemkit.data.offers import read_offers
from cemkit.errors import CemkitWarning, DataError
from cemkit.targeting.uplift import UpliftModel

Uplift = float | str | UpliftModel
CUSTOMER_COLUMNS = ["churn_probability", "expected_mean_amount"]


def offer_profit(
    customers: pd.DataFrame,
    offers: pd.DataFrame,
    uplift: Uplift | Mapping[Any, Uplift],
    *,
    margin: float,
    uplift_standard_error: float | Mapping[Any, float] | None = None,
) -> pd.DataFrame:
    """The expected profit of each offer with each customer, against no offer.

    With p = 1 - `churn_probability`, the purchase that comes without an offer, a uplift u of that
    probability and an expected amount a,

        cost   = contact_cost + discount * a * (p + u)
        profit = margin * a * u - cost

    so that the coupon is paid also by those who would have bought. No probability leaves [0, 1]: u
    is held to [-p, 1 - p], and a warning counts where. The uplift at which profit is 0 is
    `(contact_cost + discount * a * p) / (a * (margin - discount))`; where the discount takes the
    whole margin no uplift breaks even, and it is infinite.

    Args:
        customers: `churn_probability`, of the window in which the offer holds, and
            `expected_mean_amount`, of a purchase in it; with features where `uplift` is a model.
        offers: `offer, contact_cost` and `discount`, one row per offer; `kind` is `"percentage"`
            where it is missing, or `"none"` for a contact without a discount, such as a reminder.
            `scope, extras, valid_from, valid_until` are for coupons and messages. Other columns
            are refused.
        uplift: The rise in the probability of a purchase: a number, a column of `customers`, or a
            fitted `UpliftModel` of conversion; or one of these for each offer by name.
        margin: Profit per unit of amount before the discount, as a fraction.
        uplift_standard_error: Of uplifts given as a number or column, the same for all or by
            offer. Models bring their own. `allocate_offers` needs it to know what is certain.

    Returns:
        One row per customer and offer, in the order of the customers: `customer_id, offer, profit,
        cost, uplift, break_even_uplift, profit_standard_error, churn_probability`. The standard
        error is 0 where none is known.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A probability lies outside [0, 1], an amount or cost is negative, a discount
            lies outside (0, 1], an offer occurs twice, or offers has an unknown column.
        ValueError: The uplift of an offer is not given, or one is given of an unknown offer.

    Examples:
        >>> customers = pd.DataFrame(
        ...     {"churn_probability": [0.1, 0.8], "expected_mean_amount": [100.0, 100.0]},
        ...     index=pd.Index(["loyal", "slipping"], name="customer_id"),
        ... )
        >>> offers = pd.DataFrame({"offer": ["10%"], "discount": [0.1], "contact_cost": [1.0]})
        >>> profit = offer_profit(customers, offers, uplift=0.1, margin=0.5)
        >>> profit[["customer_id", "profit", "cost", "break_even_uplift"]]
          customer_id  profit  cost  break_even_uplift
        0       loyal    -6.0  11.0              0.250
        1    slipping     1.0   4.0              0.075
    """
    customers = by_customer(check_frame(customers, "customers"), "customers")
    check_columns(customers.columns, CUSTOMER_COLUMNS, "ChurnModel and GammaGammaModel add them")
    churn = _within_one(customers["churn_probability"])
    amount = _not_negative(customers["expected_mean_amount"])
    terms = _terms(offers)
    if check_number(margin, "margin", minimum=0) > 1:
        raise ValueError(f"margin must be a fraction of the amount, at most 1, not {margin!r}")
    uplifts = _by_offer(uplift, terms.index, "uplift")
    given = 0.0 if uplift_standard_error is None else uplift_standard_error
    errors = _by_offer(given, terms.index, "uplift_standard_error")
    rise = np.column_stack([_rise(customers, uplifts[offer], offer) for offer in terms.index])
    rise = _held(rise, 1 - churn[:, None])
    error = np.column_stack(
        [_error(customers, uplifts[offer], errors[offer], offer) for offer in terms.index]
    )
    known = pd.DataFrame({"churn": churn, "amount": amount}, index=customers.index)
    return _long(known, terms, rise, error, margin)


def _long(
    known: pd.DataFrame, terms: pd.DataFrame, rise: Floats, error: Floats, margin: float
) -> pd.DataFrame:
    discount, contact = terms["discount"].to_numpy(), terms["contact_cost"].to_numpy()
    churn, amount = known["churn"].to_numpy(), known["amount"].to_numpy()
    per_purchase = amount[:, None] * discount
    cost = contact + per_purchase * (1 - churn[:, None] + rise)
    earned = amount[:, None] * (margin - discount)
    with np.errstate(divide="ignore", invalid="ignore"):
        even = (contact + per_purchase * (1 - churn[:, None])) / earned
    columns = {
        "profit": margin * amount[:, None] * rise - cost,
        "cost": cost,
        "uplift": rise,
        "break_even_uplift": np.where(earned > 0, even, np.inf),
        "profit_standard_error": np.abs(earned) * error,
        "churn_probability": np.broadcast_to(churn[:, None], rise.shape),
    }
    offers = pd.Categorical.from_codes(
        np.tile(np.arange(len(terms)), len(known)), categories=terms.index
    )
    keys = {"customer_id": known.index.repeat(len(terms)), "offer": offers}
    return pd.DataFrame({**keys, **{name: value.ravel() for name, value in columns.items()}})


def _terms(offers: pd.DataFrame) -> pd.DataFrame:
    table = read_offers(offers, ["contact_cost"]).set_index("offer")
    _not_negative(table["contact_cost"])
    return table[["discount", "contact_cost"]].fillna({"discount": 0.0})


def _not_negative(values: pd.Series) -> Floats:
    numbers = finite_values(values, str(values.name))
    if (numbers < 0).any():
        first = values.index[int(np.argmax(numbers < 0))]
        raise DataError(
            f"{values.name} has {int((numbers < 0).sum())} negative values "
            f"(the first at {first!r}: {numbers.min():g} is the least); correct them first"
        )
    return numbers


def _within_one(values: pd.Series) -> Floats:
    numbers = _not_negative(values)
    if (numbers > 1).any():
        raise DataError(f"{values.name} is a probability, at most 1, not {numbers.max():g}")
    return numbers


def _by_offer(given: Any, offers: pd.Index, name: str) -> dict[Any, Any]:
    if not isinstance(given, Mapping):
        return dict.fromkeys(offers, given)
    missing, unknown = offers.difference(list(given)), pd.Index(list(given)).difference(offers)
    if len(missing) or len(unknown):
        raise ValueError(
            f"{name} must name each of the offers {offers.tolist()}: "
            f"{missing.tolist()} are missing, {unknown.tolist()} are not among them"
        )
    return dict(given)


def _rise(customers: pd.DataFrame, uplift: Uplift, offer: object) -> Floats:
    if isinstance(uplift, UpliftModel):
        return uplift.predict(customers)
    if isinstance(uplift, str):
        check_columns(customers.columns, [uplift], f"it is to be the uplift of offer {offer!r}")
        return finite_values(customers[uplift], uplift)
    number = check_number(uplift, f"uplift of offer {offer!r}", minimum=-1)
    if number > 1:
        raise ValueError(f"uplift of offer {offer!r} is a rise in probability, not {number!r}")
    return np.full(len(customers), number)


def _error(customers: pd.DataFrame, uplift: Uplift, given: float, offer: object) -> Floats:
    if isinstance(uplift, UpliftModel):
        return uplift.standard_error(customers)
    number = check_number(given, f"uplift_standard_error of offer {offer!r}", minimum=0)
    return np.full(len(customers), number)


def _held(rise: Floats, bought_anyway: Floats) -> Floats:
    held = np.clip(rise, -bought_anyway, 1 - bought_anyway)
    outside = int(np.count_nonzero(np.abs(held - rise) > 1e-12))
    if outside:
        warnings.warn(
            f"the uplift of {outside:,} of {rise.size:,} pairs of customer and offer leads outside "
            "the probabilities 0 to 1 and was held to them",
            CemkitWarning,
            stacklevel=3,
        )
    return held
