"""offer_profit: what each offer would earn with each customer, its costs counted in full."""

import math
import warnings
from collections.abc import Mapping
from typing import Any, Literal, NamedTuple

import numpy as np
import numpy.typing as npt
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import (
    by_customer,
    check_choice,
    check_columns,
    check_frame,
    check_number,
    finite_values,
    meant,
)
from cemkit.checks.options import shown
from cemkit.data.cost_of_offers import CostTerms
from cemkit.data.offer_levels import LevelledOffers, Rows
from cemkit.errors import CemkitWarning, DataError
from cemkit.formats import count_text
from cemkit.targeting.uplift import UpliftModel

Uplift = float | str | UpliftModel
CUSTOMER_COLUMNS = ["churn_probability", "expected_mean_amount"]


def offer_profit(
    customers: pd.DataFrame,
    offers: pd.DataFrame,
    uplift: Uplift | Mapping[Any, Uplift],
    *,
    margin: float,
    uplift_of: Literal["conversion", "amount"] = "conversion",
    uplift_standard_error: float | str | Mapping[Any, float | str] | None = None,
    levels: pd.DataFrame | None = None,
) -> pd.DataFrame:
    """Return the expected profit of each offer for each customer, compared with no offer.

    Let p = 1 - `churn_probability` be the probability of a purchase without an offer, a the
    expected amount, and c the cost of the offer for a purchase of that amount (see `offer_costs`).
    Then an uplift u of the probability of a purchase gives

        cost   = contact_cost + c * (p + u)
        profit = margin * a * u - cost

    so the offer also costs money for customers who would have bought anyway. An uplift of the
    amount, in money, counts as u = uplift / a additional purchases. The break-even uplift is
    `(contact_cost + c * p) / (margin * a - c)`, times a for an uplift of the amount. If the offer
    costs the whole margin, no uplift breaks even, and it is infinite.

    If the expected amount is below `min_spend`, or the customer has no level, the offer does not
    apply (`holds` is False): it costs only the contact and has no effect, whatever `uplift` is.
    Probabilities stay within [0, 1]: u is limited to [-p, 1 - p], and an uplift of the amount to at
    least -p * a. A warning counts the limited pairs.

    Args:
        customers: Table with one row per customer: `churn_probability` in the window of the offer,
            `expected_mean_amount` of a purchase in it, the features if `uplift` is a model, and the
            columns that levels depend on.
        offers: Offers table with one row per offer, with `contact_cost`. Eligibility is not checked
            here: leave out the pairs of customer and offer that are not eligible.
        uplift: Effect of the offer in the window: a number, a column of `customers`, or a fitted
            `UpliftModel`; or a dict with one of these per offer. A model of several offers gives
            each offer its own uplift, by name. `model.uplift_columns_` is the dict for the columns
            that its `add_to` adds.
        margin: Profit as a fraction of the amount before the offer.
        uplift_of: Unit of `uplift`: `"conversion"` for the probability of a purchase, or `"amount"`
            for the money spent.
        uplift_standard_error: Standard error of uplifts given as a number or column: a number or a
            column, the same for all offers or a dict by offer. Models have their own.
            `allocate_offers` needs it for its interval. None counts uplifts as certain.
        levels: Levels of offers, as in `offer_costs`. `by` names a column of the customers;
            `amount` is their expected amount. None where no offer has levels.

    Returns:
        One row per customer and offer, in the order of the customers: `customer_id, offer, profit,
        cost, uplift, break_even_uplift, profit_standard_error, churn_probability, holds, stackable,
        purchase_share`. The standard error is 0 if none is known. `purchase_share` is the cost of
        the offer per unit of amount; it is infinite for a gift with a purchase of 0.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A probability lies outside [0, 1], an amount or cost is negative, an offer cannot
            be read, the levels of an offer overlap or have a gap, or an amount is 0 where the
            uplift is of the amount.
        ValueError: The uplift of an offer is missing or is given for an unknown offer, or a model
            predicts another outcome than `uplift_of` or was not fitted on an offer.

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
    check_choice(uplift_of, "uplift_of", ["conversion", "amount"])
    if uplift_of == "amount":
        _check_above_0(customers["expected_mean_amount"])
    read = LevelledOffers.read(check_frame(offers, "offers"), levels, ["contact_cost"])
    names = pd.Index(read.offers["offer"])
    _not_negative(read.offers.set_index("offer")["contact_cost"])
    if check_number(margin, "margin", minimum=0) > 1:
        raise ValueError(f"margin must be a fraction of the amount, at most 1, not {margin!r}")
    uplifts = _by_offer(uplift, names, "uplift")
    given = 0.0 if uplift_standard_error is None else uplift_standard_error
    errors = _by_offer(given, names, "uplift_standard_error")
    rise, error = _Uplifts(customers, uplift_of).of(uplifts, errors)
    pairs = _Pairs(
        churn=churn,
        amount=amount,
        terms=CostTerms.of(read.terms).take(_rows(read, customers)),
        rise=rise,
        error=error,
        per_purchase=uplift_of == "conversion",
    )
    return pairs.long(customers.index, read.offers, margin)


def _rows(read: LevelledOffers, customers: pd.DataFrame) -> Rows:
    """The terms of each offer, one row for all customers where no offer has levels."""
    if not read.ladders:
        return read.first
    known = customers.assign(amount=customers["expected_mean_amount"])
    return np.column_stack([read.rows(offer, known) for offer in range(len(read.offers))])


class _Pairs(NamedTuple):
    """The customers, and what is known of each pair of customer and offer."""

    churn: Floats
    amount: Floats
    terms: CostTerms
    rise: Floats
    error: Floats
    per_purchase: bool  # whether the rise is one of purchases, and not of money

    def long(self, ids: pd.Index, offers: pd.DataFrame, margin: float) -> pd.DataFrame:
        """The profit table, a row per customer and offer."""
        stay, contact = 1 - self.churn[:, None], offers["contact_cost"].to_numpy()
        unit = self.amount[:, None]
        per_offer = self.terms.costs(unit)
        holds = self._holds(per_offer.shape)
        rise = _held(self.rise if self.per_purchase else self.rise / unit, stay, self.per_purchase)
        rise[~holds] = 0.0
        cost = contact + per_offer * (stay + rise)
        earned = margin * unit - per_offer
        with np.errstate(divide="ignore", invalid="ignore"):
            even = (contact + per_offer * stay) / earned
            share = np.where(per_offer > 0, per_offer / unit, 0.0)
        even[~(holds & (earned > 0))] = np.inf
        error = np.abs(earned) * self.error
        error[~holds] = 0.0
        profit = margin * unit * rise - cost
        if not self.per_purchase:
            rise, even, error = rise * unit, even * unit, error / unit
        columns = {
            "profit": profit,
            "cost": cost,
            "uplift": rise,
            "break_even_uplift": even,
            "profit_standard_error": error,
            "churn_probability": np.broadcast_to(self.churn[:, None], rise.shape),
            "holds": holds,
            "stackable": np.broadcast_to(offers["stackable"].to_numpy(), rise.shape),
            "purchase_share": share,
        }
        codes = np.tile(np.arange(len(offers)), len(ids))
        names = pd.Categorical.from_codes(codes, categories=pd.Index(offers["offer"]))
        keys = {"customer_id": ids.repeat(len(offers)), "offer": names}
        return pd.DataFrame({**keys, **{name: value.ravel() for name, value in columns.items()}})

    def _holds(self, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
        if (self.terms.min_spend > 0).any():
            return self.terms.hold(self.amount[:, None])
        return np.ones(shape, dtype=np.bool_)


def _check_above_0(amount: pd.Series) -> None:
    if (amount <= 0).any():
        raise DataError(
            f"expected_mean_amount is 0 for {count_text(int((amount <= 0).sum()), 'customers')} "
            f"(the first is {shown(amount.index[amount <= 0].tolist()[0])}), so an uplift in "
            "amount cannot be converted to purchases; give their expected amount, or leave them out"
        )


def _not_negative(values: pd.Series) -> Floats:
    numbers = finite_values(values, str(values.name))
    if (numbers < 0).any():
        first = values.index[int(np.argmax(numbers < 0))]
        raise DataError(
            f"{values.name} has {count_text(int((numbers < 0).sum()), 'negative values')} "
            f"(the first at {first!r}: {numbers.min():g} is the least); correct them first"
        )
    return numbers


def _within_one(values: pd.Series) -> Floats:
    numbers = _not_negative(values)
    if (numbers > 1).any():
        raise DataError(f"{values.name} must be a probability of at most 1, not {numbers.max():g}")
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
    return {offer: given[offer] for offer in offers}


class _Uplifts:
    """What each offer changes with each customer; each model is asked once."""

    def __init__(self, customers: pd.DataFrame, uplift_of: str) -> None:
        self.customers, self.uplift_of = customers, uplift_of
        self.predicted: dict[int, tuple[Floats, Floats]] = {}

    def of(self, uplifts: dict[Any, Any], errors: dict[Any, Any]) -> tuple[Floats, Floats]:
        """The uplifts and their standard errors, shape (customers, offers)."""
        pairs = [self._of_offer(offer, uplift, errors[offer]) for offer, uplift in uplifts.items()]
        rises, spreads = zip(*pairs, strict=True)
        return np.column_stack(rises), np.column_stack(spreads)

    def _of_offer(self, offer: object, uplift: Any, error: Any) -> tuple[Floats, Floats]:
        if not isinstance(uplift, UpliftModel):
            return self._rise(offer, uplift), self._error(offer, error)
        _check_outcome(uplift, offer, self.uplift_of)
        if id(uplift) not in self.predicted:
            found = uplift.predict(self.customers), uplift.standard_error(self.customers)
            self.predicted[id(uplift)] = found
        rise, spread = self.predicted[id(uplift)]
        if rise.ndim == 1:
            return rise, spread
        column = _place_of(offer, uplift)
        return rise[:, column], spread[:, column]

    def _rise(self, offer: object, uplift: float | str) -> Floats:
        if isinstance(uplift, str):
            hint = f"it is to be the uplift of offer {offer!r}"
            check_columns(self.customers.columns, [uplift], hint)
            return finite_values(self.customers[uplift], uplift)
        least = -1.0 if self.uplift_of == "conversion" else -math.inf
        number = check_number(uplift, f"uplift of offer {offer!r}", minimum=least)
        if number > 1 and self.uplift_of == "conversion":
            raise ValueError(
                f"uplift of offer {offer!r} must be a change of a probability, not "
                f"{number!r}; for a change of money set uplift_of='amount'"
            )
        return np.full(len(self.customers), number)

    def _error(self, offer: object, error: float | str) -> Floats:
        name = f"uplift_standard_error of offer {offer!r}"
        if isinstance(error, str):
            check_columns(self.customers.columns, [error], f"it is to be the {name}")
            return _not_negative(self.customers[error])
        return np.full(len(self.customers), check_number(error, name, minimum=0))


def _place_of(offer: object, model: UpliftModel) -> int:
    """The place of an offer among those of a model."""
    if offer not in model.offers_:
        raise ValueError(
            f"the model of several offers was fitted on {model.offers_}, not on "
            f"{shown(offer)}{meant(offer, model.offers_)}; name the offers as in its experiment, "
            "or give that offer another uplift"
        )
    place: int = model.offers_.index(offer)
    return place


def _check_outcome(model: UpliftModel, offer: object, uplift_of: str) -> None:
    """Raise where a model predicts another outcome than it is taken for."""
    check_is_fitted(model)
    if model.binary_outcome_ and uplift_of == "amount":
        raise ValueError(
            f"the uplift of offer {offer!r} is from a 0/1 outcome, not from the amount; "
            "set uplift_of='conversion', or fit the model on the amount"
        )
    if not model.binary_outcome_ and uplift_of == "conversion":
        raise ValueError(
            f"the uplift of offer {offer!r} is from an outcome that is not 0 or 1; if it "
            "is the amount, set uplift_of='amount', otherwise fit the model on the "
            "conversion"
        )


def _held(rise: Floats, bought_anyway: Floats, per_purchase: bool) -> Floats:
    most = 1 - bought_anyway if per_purchase else np.inf
    held = np.clip(rise, -bought_anyway, most)
    outside = int(np.count_nonzero(np.abs(held - rise) > 1e-12))
    if outside:
        leads = (
            "outside the probabilities 0 to 1 and was held to them"
            if per_purchase
            else "to an amount below 0 and was held to 0"
        )
        warnings.warn(
            f"the uplift of {outside:,} of {count_text(rise.size, 'pairs')} of customer and offer "
            f"leads {leads}",
            CemkitWarning,
            stacklevel=4,
        )
    return held
