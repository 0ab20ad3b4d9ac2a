"""CustomerOutlook: what one customer may do, not only what is expected."""

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from sklearn.utils.validation import check_is_fitted

from cemkit.arrays import Floats
from cemkit.checks import Customers, check_as_of, check_frame
from cemkit.clv.purchases.alive_history import AliveHistory, history_of
from cemkit.clv.purchases.histories import Histories
from cemkit.clv.purchases.history_model import HistoryModel
from cemkit.clv.purchases.identification import warn_of_quantiles
from cemkit.clv.purchases.next_purchase import next_purchase_dates
from cemkit.clv.purchases.predictive import chances_in_pieces
from cemkit.clv.purchases.quantiles import check_quantiles, on_ids, quantile_table
from cemkit.clv.terms import check_horizon

QUANTILES = (0.1, 0.5, 0.9)


class CustomerOutlook(HistoryModel):
    """Predictive distributions of a purchase model, at its estimates of the parameters.

    Examples:
        >>> from cemkit import BetaGeoModel
        >>> isinstance(BetaGeoModel(), CustomerOutlook)
        True
    """

    def purchase_quantiles(
        self,
        customers: pd.DataFrame,
        horizon_days: float,
        quantiles: Iterable[float] = QUANTILES,
    ) -> pd.DataFrame:
        """Return quantiles of each customer's purchases in the next `horizon_days`.

        The expected number describes the average of many such customers, a quantile the range for
        one of them. A quantile is the smallest n with `P(N <= n) >= quantile`: a customer buys at
        most `purchases_p90` times with a probability of at least 0.9.

        Args:
            customers: Table with the columns of `fit`.
            horizon_days: Length of the horizon in days; fractions are allowed.
            quantiles: Probabilities between 0 and 1.

        Returns:
            One column per quantile, such as `purchases_p10` for 0.1, on the ids as given; missing
            for customers who never ordered.

        Raises:
            ValueError: A quantile does not lie between 0 and 1, or is given twice.

        Warns:
            CemkitWarning: The data did not identify a parameter; it is named.

        Examples:
            >>> from cemkit import BetaGeoModel, load_cdnow, customer_table
            >>> customers = customer_table(load_cdnow("sample"), as_of="1997-09-30")
            >>> model = BetaGeoModel().fit(customers)
            >>> model.purchase_quantiles(customers, 365).loc[111].tolist()
            [0.0, 3.0, 11.0]
        """
        horizon, levels = check_horizon(horizon_days), check_quantiles(quantiles)
        check_is_fitted(self, "params_")
        rows = Customers.of(check_frame(customers, "customers"))
        histories = self._read(rows.table)
        warn_of_quantiles(self._not_identified())
        table = quantile_table("purchases", levels, _quantiles(self, histories, horizon, levels))
        return on_ids(rows, table)

    def next_purchase(
        self,
        customers: pd.DataFrame,
        as_of: str | dt.date | pd.Timestamp,
        quantiles: Iterable[float] = QUANTILES,
        *,
        horizon_days: float | None = None,
    ) -> pd.DataFrame:
        """Predict the date of each next purchase, and the probability of no further purchase.

        Args:
            customers: Table with the columns of `fit`, all of one day.
            as_of: Day of the table.
            quantiles: Probabilities between 0 and 1; 0.5 is the median.
            horizon_days: Number of days after `as_of` within which purchases count. None sets no
                limit, but dates more than 36,500 days ahead are missing.

        Returns:
            One row per customer on the ids as given:

            - `no_purchase_probability`: the probability that the customer does not buy again
              (within the horizon).
            - One date per quantile, such as `next_purchase_p50`: the first day by whose end the
              next purchase has been made with this probability. It is missing where
              1 - `no_purchase_probability` is smaller than the quantile, where the day lies beyond
              the horizon, and for customers who never ordered.

        Raises:
            DataError: The table is of another day, by `last_order_date` and `recency_days`.
            ValueError: A quantile does not lie between 0 and 1, or is given twice.

        Warns:
            CemkitWarning: The data did not identify a parameter; it is named.

        Examples:
            >>> from cemkit import BetaGeoModel, load_cdnow, customer_table
            >>> customers = customer_table(load_cdnow("sample"), as_of="1997-09-30")
            >>> model = BetaGeoModel().fit(customers)
            >>> when = model.next_purchase(customers, "1997-09-30", quantiles=[0.5])
            >>> when.loc[111, "next_purchase_p50"].date()
            datetime.date(1997, 12, 10)
        """
        check_is_fitted(self, "params_")
        dates = next_purchase_dates(self, customers, check_as_of(as_of), quantiles, horizon_days)
        warn_of_quantiles(self._not_identified())
        return dates

    def alive_history(
        self,
        customer: Any,
        orders: pd.DataFrame,
        as_of: str | dt.date | pd.Timestamp,
        *,
        covariates: Mapping[str, Any] | None = None,
    ) -> AliveHistory:
        """Return one customer's alive probability on each day from the first purchase to `as_of`.

        The value of a day is the model's prediction at its end, from the customer's purchases up to
        then: it falls between purchases and jumps at a purchase. The parameters stay those of the
        fit.

        Args:
            customer: Id of the customer.
            orders: Order table from `prepare_orders`. Orders after `as_of` are ignored.
            as_of: Last day of the history.
            covariates: Value of each covariate of the model for this customer. None without
                covariates.

        Returns:
            An `AliveHistory`; its table has one row per day, indexed by `date`:
            `alive_probability`; `purchased`, whether the customer bought on that day;
            `repeat_count` and `recency_days` at the end of the day.

        Raises:
            DataError: The customer is not in the orders, or a covariate is not given.
            NotEnoughDataError: The customer bought nothing up to `as_of`.
        """
        check_is_fitted(self, "params_")
        return history_of(self, customer, orders, check_as_of(as_of), covariates)


def _quantiles(
    model: HistoryModel, histories: Histories, horizon: float, levels: list[float]
) -> Floats:
    """Quantiles of the purchases of each customer: shape (customers, levels)."""
    found = np.empty((len(histories.row), len(levels)))
    # Enough of the distribution to hold the largest quantile of those certain to be alive.
    least = 1 - max(levels)
    for here, part, chances in chances_in_pieces(model, histories, horizon, least):
        found[here] = chances.quantiles(np.array(levels))[part.row]
    return found
