"""CustomerLifetimeValue: purchases to come, times their amount, discounted to today."""

from typing import Any, Literal, Self, TypeVar

import numpy as np
import pandas as pd
from scipy.special import ndtri
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from cemkit.checks import (
    check_customers,
    check_fraction,
    check_frame,
    check_number,
    check_positive,
)
from cemkit.errors import DataError
from cemkit.prediction.clv.contract import PurchaseModel, check_discount
from cemkit.prediction.clv.fitting import Array
from cemkit.prediction.clv.histories import Histories
from cemkit.prediction.clv.purchases import BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel
from cemkit.prediction.clv.spend import GammaGammaModel
from cemkit.prediction.clv.uncertainty import relative_variance
from cemkit.storage.fields import LARGEST, Place, choice, number, optional, record, text
from cemkit.storage.text import Layout, damage_refused, from_text, to_text

KINDS = {kind.__name__: kind for kind in (BetaGeoModel, ModifiedBetaGeoModel, ParetoNBDModel)}
LONGEST = 365_000.0  # days of a horizon: a thousand years
MOST_PERIODS = 100_000


def _number_or_column(value: Any, place: Place) -> str | float:
    return value if isinstance(value, str) else number()(value, place)


LAYOUT = Layout(
    1,
    {
        "terms": record(
            {
                "annual_discount_rate": _number_or_column,
                "horizon_days": optional(number(above=0, maximum=LONGEST)),
                "margin": _number_or_column,
                "period_days": optional(number(above=0, maximum=LARGEST)),
            }
        ),
        "kind": choice(*KINDS),
        "purchases": text,
        "spend": text,
    },
)


class CustomerLifetimeValue(BaseEstimator):
    """Discounted value of what each customer will still buy.

    `clv = margin * expected_mean_amount * discounted expected purchases`. The discount is
    continuous, at ln(1 + annual_discount_rate) / 365 per day, from the moment of each purchase;
    with `period_days` the purchases of each period are discounted from its end instead, as
    spreadsheets and lifetimes do.

    Args:
        purchases: The purchase model to fit; `"auto"` takes `BetaGeoModel`.
            `compare_purchase_models` says which predicts best.
        spend: The spend model to fit.
        annual_discount_rate: As a fraction, 0 or more; or the name of a column with one.
        horizon_days: How far ahead; None is for ever, which takes a rate above 0.
        margin: Profit per amount, as a fraction; or the name of a column with one.
        period_days: Length of the periods at whose ends cash is counted; None is continuous.

    Attributes:
        purchases_: The fitted purchase model.
        spend_: The fitted spend model.

    Examples:
        >>> from cemkit import load_cdnow, summarize_customers
        >>> customers = summarize_customers(load_cdnow("sample"), as_of="1997-09-30")
        >>> value = CustomerLifetimeValue(annual_discount_rate=0.1, horizon_days=365).fit(customers)
        >>> value.add_to(customers)["clv"].sum().round(-2)
        np.float64(72700.0)
    """

    def __init__(
        self,
        purchases: Literal["auto"] | PurchaseModel = "auto",
        spend: GammaGammaModel = GammaGammaModel(),  # noqa: B008 - fit clones it
        *,
        annual_discount_rate: float | str = 0.10,
        horizon_days: float | None = 365,
        margin: float | str = 1.0,
        period_days: float | None = None,
    ) -> None:
        self.purchases = purchases
        self.spend = spend
        self.annual_discount_rate = annual_discount_rate
        self.horizon_days = horizon_days
        self.margin = margin
        self.period_days = period_days

    def fit(self, customers: pd.DataFrame, y: object = None) -> Self:
        """Fit clones of both models to these customers; fitted ones are used as they are.

        Args:
            customers: The table of `summarize_customers`.
            y: Ignored.

        Raises:
            TypeError: `purchases` is neither `"auto"` nor a purchase model.
            ValueError: The rate, horizon, margin or period is out of its range.
            DataError: As the two models raise it.
        """
        purchases = BetaGeoModel() if self.purchases == "auto" else self.purchases
        if not isinstance(purchases, PurchaseModel):
            raise TypeError(f"purchases must be 'auto' or a purchase model, not {purchases!r}")
        if not isinstance(self.spend, GammaGammaModel):
            raise TypeError(f"spend must be a GammaGammaModel, not {self.spend!r}")
        self._check_terms()
        self.purchases_ = _fitted(purchases, customers)
        self.spend_ = _fitted(self.spend, customers)
        return self

    def add_to(
        self, customers: pd.DataFrame, confidence_level: float | None = None
    ) -> pd.DataFrame:
        """The same rows with four columns more, and two with a confidence level.

        Args:
            customers: The columns of `fit`, and those named as `margin` or discount rate.
            confidence_level: Of `clv_lower, clv_upper`; None leaves them out. They bound the
                expected value, for what is not known of the parameters; what one customer will
                spend varies far more.

        Returns:
            `alive_probability`; `expected_purchases`, within `horizon_days` and undiscounted (left
            out where the horizon is None, as it may be infinite); `expected_mean_amount`; `clv`.
        """
        check_is_fitted(self)
        check_frame(customers, "customers")
        self._check_terms()
        if confidence_level is not None:
            check_fraction(confidence_level, "confidence_level")
        rates = self._per_customer("annual_discount_rate", customers)
        levels, group = np.unique(rates, return_inverse=True)
        rows = [np.flatnonzero(group == i) for i in range(len(levels))]
        parts = [
            self._valued(customers.iloc[of_rate], float(rate), confidence_level)
            for rate, of_rate in zip(levels, rows, strict=True)
        ]
        added = pd.concat(parts).iloc[np.argsort(np.concatenate(rows))]
        return customers.assign(**{str(name): values.to_numpy() for name, values in added.items()})

    def to_json(self) -> str:
        """Return both fitted models and the terms as JSON text.

        Raises:
            DataError: A number in it is infinite or too large to save.
        """
        check_is_fitted(self)
        terms = self.get_params(deep=False)
        del terms["purchases"], terms["spend"]
        state = {
            "terms": terms,
            "kind": type(self.purchases_).__name__,
            "purchases": self.purchases_.to_json(),
            "spend": self.spend_.to_json(),
        }
        return to_text(self, LAYOUT, state)

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Return the value from the text of `to_json`; its two models are given to it fitted.

        Raises:
            DataError: The text is not a saved CustomerLifetimeValue, or is damaged.
        """
        state = from_text(cls, text, LAYOUT)
        with damage_refused(cls):
            purchases = KINDS[state["kind"]].from_json(state["purchases"])
            spend = GammaGammaModel.from_json(state["spend"])
            value = cls(purchases, spend, **state["terms"])
            value._check_terms()
            _check_periods(value.horizon_days, value.period_days)
        value.purchases_, value.spend_ = purchases, spend
        return value

    def _valued(
        self, customers: pd.DataFrame, annual_rate: float, confidence_level: float | None
    ) -> pd.DataFrame:
        """The added columns of customers who share a rate of discount."""
        rate, horizon = check_discount(annual_rate, self.horizon_days)
        histories = self.purchases_._read(customers)
        discounted = self._discounted(self.purchases_, histories, rate, horizon)
        added = {"alive_probability": self.purchases_._alive(histories)}
        if horizon is not None:
            added["expected_purchases"] = self.purchases_._expected(histories, 0.0, horizon)
        table: pd.DataFrame = pd.DataFrame(added).iloc[histories.row].set_axis(customers.index)
        spend = self.spend_.expected_mean_amount(customers).to_numpy()
        clv = self._per_customer("margin", customers) * spend * discounted[histories.row]
        table = table.assign(expected_mean_amount=spend, clv=clv)
        if confidence_level is None:
            return table
        spread = self._relative_error(customers, histories, rate, horizon)
        ratio = np.exp(ndtri((1 + confidence_level) / 2) * spread)
        lower, upper = np.sort([clv / ratio, clv * ratio], axis=0)
        return table.assign(clv_lower=lower, clv_upper=upper)

    def _relative_error(
        self, customers: pd.DataFrame, histories: Histories, rate: float, horizon: float | None
    ) -> Array:
        """Standard error of the logarithm of each value; the two models err independently."""
        of_spend = relative_variance(
            self.spend_, lambda model: model.expected_mean_amount(customers).to_numpy()
        )
        of_purchases = relative_variance(
            self.purchases_, lambda model: self._discounted(model, histories, rate, horizon)
        )
        error: Array = np.sqrt(of_spend + of_purchases[histories.row])
        return error

    def _discounted(
        self, model: PurchaseModel, histories: Histories, rate: float, horizon: float | None
    ) -> Array:
        """Discounted purchases to come of each distinct history."""
        if self.period_days is None or horizon is None:
            return model._expected(histories, rate, horizon)
        ends = np.append(np.arange(self.period_days, horizon, self.period_days), horizon)
        purchases = [model._expected(histories, 0.0, end) for end in ends]
        lumps = np.diff(purchases, axis=0, prepend=0.0)
        return np.exp(-rate * ends) @ lumps

    def _per_customer(self, name: str, customers: pd.DataFrame) -> Array:
        setting = getattr(self, name)
        if isinstance(setting, str):
            return check_customers(customers, [setting])[setting].to_numpy()
        return np.full(len(customers), float(setting))

    def _check_terms(self) -> None:
        if not isinstance(self.margin, str):
            check_number(self.margin, "margin")
        if self.period_days is not None:
            check_positive(self.period_days, "period_days")
            if self.horizon_days is None:
                raise ValueError("period_days takes a horizon_days; for ever, leave it None")
        rate = self.annual_discount_rate
        if not isinstance(rate, str):
            check_discount(rate, self.horizon_days)


def _check_periods(horizon_days: float | None, period_days: float | None) -> None:
    """Raise where cash would be counted more often than memory holds."""
    if horizon_days and period_days and horizon_days / period_days > MOST_PERIODS:
        raise DataError(
            f"a horizon of {horizon_days:g} days has more than {MOST_PERIODS:,} periods of "
            f"{period_days:g} days"
        )


Model = TypeVar("Model", PurchaseModel, GammaGammaModel)


def _fitted(model: Model, customers: pd.DataFrame) -> Model:
    return model if hasattr(model, "params_") else clone(model).fit(customers)
