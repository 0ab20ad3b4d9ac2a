"""CustomerLifetimeValue: purchases to come, times their amount, discounted to today."""

from typing import Literal, Self

import pandas as pd
from sklearn.base import BaseEstimator, clone
from sklearn.utils.validation import check_is_fitted

from cemkit.checks import check_number
from cemkit.prediction.clv.purchases import BetaGeoModel
from cemkit.prediction.clv.spend import GammaGammaModel


class CustomerLifetimeValue(BaseEstimator):
    """Discounted value of what each customer will still buy.

    `clv = margin * expected_mean_amount * discounted expected purchases`, discounted continuously
    at ln(1 + annual_discount_rate) / 365 per day.

    Args:
        purchases: The purchase model to fit; `"auto"` takes `BetaGeoModel`.
        spend: The spend model to fit; None takes `GammaGammaModel`.
        annual_discount_rate: As a fraction, 0 or more.
        horizon_days: How far ahead; None is for ever, which takes a rate above 0.
        margin: Profit per amount, as a fraction.

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
        purchases: Literal["auto"] | BetaGeoModel = "auto",
        spend: GammaGammaModel | None = None,
        *,
        annual_discount_rate: float = 0.10,
        horizon_days: float | None = 365,
        margin: float = 1.0,
    ) -> None:
        self.purchases = purchases
        self.spend = spend
        self.annual_discount_rate = annual_discount_rate
        self.horizon_days = horizon_days
        self.margin = margin

    def fit(self, customers: pd.DataFrame, y: object = None) -> Self:
        """Fit clones of both models to these customers.

        Args:
            customers: The table of `summarize_customers`.
            y: Ignored.

        Raises:
            TypeError: `purchases` is neither `"auto"` nor a purchase model.
            DataError: As the two models raise it.
        """
        check_number(self.margin, "margin")
        purchases = BetaGeoModel() if self.purchases == "auto" else self.purchases
        if not isinstance(purchases, BetaGeoModel):
            raise TypeError(f"purchases must be 'auto' or a purchase model, not {purchases!r}")
        self.purchases_ = clone(purchases).fit(customers)
        self.spend_ = clone(self.spend or GammaGammaModel()).fit(customers)
        return self

    def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
        """The same rows with four columns more.

        Returns:
            `alive_probability`; `expected_purchases`, within `horizon_days` and undiscounted (left
            out where the horizon is None, as it may be infinite); `expected_mean_amount`; `clv`.
        """
        check_is_fitted(self)
        spend = self.spend_.expected_mean_amount(customers)
        discounted = self.purchases_.expected_discounted_purchases(
            customers, self.annual_discount_rate, self.horizon_days
        )
        added = {"alive_probability": self.purchases_.alive_probability(customers)}
        if self.horizon_days is not None:
            added["expected_purchases"] = self.purchases_.expected_purchases(
                customers, self.horizon_days
            )
        added["expected_mean_amount"] = spend
        added["clv"] = self.margin * spend * discounted
        return customers.assign(**added)
