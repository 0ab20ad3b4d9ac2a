"""The purchase models: how often customers will buy, and whether they still do."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.clv.base.futures import Purchases, beta_geo_future, pareto_nbd_future
from cemkit.clv.peers import lifetimes_fitter
from cemkit.clv.purchases import prediction, waiting
from cemkit.clv.purchases.histories import Histories
from cemkit.clv.purchases.likelihoods import RowDerivatives, beta_geo_rows, pareto_nbd_rows
from cemkit.clv.purchases.purchase_model import PurchaseModel
from cemkit.clv.purchases.simulation import Drawn, beta_geo_histories, pareto_nbd_histories


class ParetoNBDModel(PurchaseModel):
    """Pareto/NBD model of repeat purchases, by maximum likelihood.

    While alive, a customer buys at random at a rate that is Gamma(r, alpha) distributed across
    customers. Customers leave permanently at a random moment, at a rate that is Gamma(s, beta)
    distributed. Time is in days, so alpha and beta are 7 times those of papers that count weeks.

    Covariates divide alpha by exp(purchases:z * z) and beta by exp(dropout:z * z): a positive
    coefficient means more purchases, or sooner dropout.

    Args:
        covariates: Columns that affect how fast customers buy and how soon they leave.
        clock: A fitted `SeasonalClock`, `"auto"`, or None for calendar days. Both purchases and
            dropout run on the clock, so the model assumes that customers leave sooner in busy
            times. If this is not what you want, use `BetaGeoModel` or `ModifiedBetaGeoModel`: there
            customers drop out after purchases, and the likelihood with a clock is exact.

    Attributes:
        params_: `r, alpha, s, beta`, then the coefficients of covariates.

    References:
        Schmittlein, Morrison, Colombo (1987), Counting your customers: who are they and what will
        they do next?, Management Science 33. Fader, Hardie (2005), A note on deriving the
        Pareto/NBD model; (2007), Incorporating time-invariant covariates into the Pareto/NBD and
        BG/NBD models.

    Examples:
        >>> from cemkit import load_cdnow, customer_table
        >>> customers = customer_table(load_cdnow("sample"), as_of="1997-09-30")
        >>> ParetoNBDModel().fit(customers).params_.round(3).to_dict()
        {'r': 0.553, 'alpha': 74.04, 's': 0.606, 'beta': 81.68}
    """

    display_name = "Pareto/NBD"
    parameter_names = ("r", "alpha", "s", "beta")
    time_parameters = ("alpha", "beta")
    covariate_effects: ClassVar[dict[str, tuple[str, float]]] = {
        "purchases": ("alpha", -1.0),
        "dropout": ("beta", -1.0),
    }
    start = (0.6, 0.3, 0.6, 0.4)
    _closed_part = "purchases_if_alive"

    def to_lifetimes(self) -> Any:
        """Return the same model as a fitted `lifetimes.ParetoNBDFitter`, in days."""
        self._check_no_covariates("to_lifetimes")
        self._check_plain("to_lifetimes")
        return lifetimes_fitter("ParetoNBDFitter", self.params_)

    def _rows(self, theta: Sequence[Floats], histories: Histories) -> RowDerivatives:
        return pareto_nbd_rows(theta, histories.x, histories.t_x, histories.T)

    def _log_odds_gone(self, theta: Sequence[Floats], histories: Histories) -> Floats:
        return prediction.pareto_nbd_log_odds_gone(theta, histories.x, histories.t_x, histories.T)

    def _purchases_if_alive(
        self,
        theta: Sequence[Floats],
        histories: Histories,
        rate: float | Floats,
        horizon: float | Floats | None,
    ) -> Floats:
        x, T, undiscounted = histories.x, histories.T, np.equal(rate, 0)
        if horizon is None or not undiscounted.any():
            return prediction.pareto_nbd_discounted(theta, x, T, rate, horizon, time=histories.time)
        purchases = prediction.pareto_nbd_purchases(theta, x, T, horizon)
        if undiscounted.all():
            return purchases
        discounted = prediction.pareto_nbd_discounted(
            theta, x, T, rate, horizon, time=histories.time
        )
        return np.where(undiscounted, purchases, discounted)

    def _probability_if_alive(
        self, theta: Sequence[Floats], histories: Histories, n: int, horizon: float | Floats
    ) -> Floats:
        return self._chances_if_alive(theta, histories, np.array([n]), horizon)[:, 0]

    def _chances_if_alive(
        self,
        theta: Sequence[Floats],
        histories: Histories,
        counts: npt.NDArray[np.int64],
        horizon: float | Floats,
    ) -> Floats:
        return prediction.pareto_nbd_probabilities(theta, histories.x, histories.T, counts, horizon)

    def _wait_if_alive(
        self, theta: Sequence[Floats], histories: Histories, chance: Floats
    ) -> Floats:
        return waiting.pareto_nbd_wait(theta, histories.x, histories.T, chance)

    def _ever_if_alive(self, theta: Sequence[Floats], histories: Histories) -> Floats:
        return waiting.pareto_nbd_ever(theta, histories.x, histories.T)

    def _draw_histories(self, random: np.random.Generator, T: Floats) -> Drawn:
        r, alpha, s, beta = self.params_
        return pareto_nbd_histories(random, T, r=r, alpha=alpha, s=s, beta=beta)

    def _draw_future(
        self, random: np.random.Generator, histories: Histories, alive: Floats, length: Floats
    ) -> Purchases:
        return pareto_nbd_future(random, self._theta(histories), histories, alive, length)


class BetaGeoModel(PurchaseModel):
    """BG/NBD model of repeat purchases, by maximum likelihood.

    While alive, a customer buys at random at a rate that is Gamma(r, alpha) distributed across
    customers. After each repeat purchase the customer leaves permanently with a probability that is
    Beta(a, b) distributed. Time is in days, so alpha is 7 times that of papers that count weeks. A
    customer without a repeat purchase has an alive probability of 1.

    Covariates divide alpha by exp(purchases:z * z) and multiply a by exp(dropout_a:z * z) and b by
    exp(dropout_b:z * z).

    Args:
        covariates: Columns that affect how fast customers buy and how soon they leave.
        clock: A fitted `SeasonalClock`; `"auto"`, which chooses between a clock and calendar days
            by hold-outs in the past and needs `fit(customers, orders=orders)`; or None for plain
            days. The likelihood with a clock is exact, because customers leave after purchases.
            Horizons and discounts stay in days.

    Attributes:
        params_: `r, alpha, a, b`, then the coefficients of covariates.

    References:
        Fader, Hardie, Lee (2005), "Counting your customers" the easy way: an alternative to the
        Pareto/NBD model, Marketing Science 24. Fader, Hardie (2007), Incorporating time-invariant
        covariates into the Pareto/NBD and BG/NBD models.

    Examples:
        >>> from cemkit import load_cdnow, customer_table
        >>> customers = customer_table(load_cdnow("sample"), as_of="1997-09-30")
        >>> model = BetaGeoModel().fit(customers)
        >>> model.params_.round(3).to_dict()
        {'r': 0.243, 'alpha': 30.895, 'a': 0.793, 'b': 2.426}
    """

    display_name = "BG/NBD"
    parameter_names = ("r", "alpha", "a", "b")
    time_parameters = ("alpha",)
    covariate_effects: ClassVar[dict[str, tuple[str, float]]] = {
        "purchases": ("alpha", -1.0),
        "dropout_a": ("a", 1.0),
        "dropout_b": ("b", 1.0),
    }
    start = (0.5, 0.5, 0.8, 2.5)
    _closed_part = "alive_probability"
    _can_leave_at_once = False

    def to_lifetimes(self) -> Any:
        """Return the same model as a fitted fitter of lifetimes, in days."""
        self._check_no_covariates("to_lifetimes")
        self._check_plain("to_lifetimes")
        name = "ModifiedBetaGeoFitter" if self._can_leave_at_once else "BetaGeoFitter"
        return lifetimes_fitter(name, self.params_)

    def _rows(self, theta: Sequence[Floats], histories: Histories) -> RowDerivatives:
        return beta_geo_rows(
            theta,
            histories.x,
            histories.t_x,
            histories.T,
            can_leave_at_once=self._can_leave_at_once,
        )

    def _log_odds_gone(self, theta: Sequence[Floats], histories: Histories) -> Floats:
        return prediction.beta_geo_log_odds_gone(
            theta, histories.x, histories.t_x, histories.T, self._occasions(histories)
        )

    def _purchases_if_alive(
        self,
        theta: Sequence[Floats],
        histories: Histories,
        rate: float | Floats,
        horizon: float | Floats | None,
    ) -> Floats:
        return prediction.beta_geo_purchases(
            theta,
            histories.x,
            histories.T,
            self._occasions(histories),
            rate=rate,
            horizon=horizon,
            time=histories.time,
        )

    def _probability_if_alive(
        self, theta: Sequence[Floats], histories: Histories, n: int, horizon: float | Floats
    ) -> Floats:
        return prediction.beta_geo_probabilities(
            theta, histories.x, histories.T, self._occasions(histories), n=n, horizon=horizon
        )

    def _wait_if_alive(
        self, theta: Sequence[Floats], histories: Histories, chance: Floats
    ) -> Floats:
        return waiting.beta_geo_wait(theta[1] + histories.T, theta[0] + histories.x, chance)

    def _ever_if_alive(self, theta: Sequence[Floats], histories: Histories) -> Floats:
        return np.ones(len(histories.x))  # nobody leaves between two purchases

    def _draw_histories(self, random: np.random.Generator, T: Floats) -> Drawn:
        r, alpha, a, b = self.params_
        at_once = self._can_leave_at_once
        return beta_geo_histories(random, T, r=r, alpha=alpha, a=a, b=b, can_leave_at_once=at_once)

    def _draw_future(
        self, random: np.random.Generator, histories: Histories, alive: Floats, length: Floats
    ) -> Purchases:
        theta, occasions = self._theta(histories), self._occasions(histories)
        return beta_geo_future(random, theta, histories, alive, length, occasions=occasions)

    def _occasions(self, histories: Histories) -> Floats:
        return histories.x + self._can_leave_at_once


class ModifiedBetaGeoModel(BetaGeoModel):
    """MBG/NBD model of repeat purchases, by maximum likelihood.

    It is the BG/NBD model in which customers can also leave after the first purchase. A customer
    without a repeat purchase therefore has an alive probability below 1.

    Args:
        covariates: Columns that affect how fast customers buy and how soon they leave.
        clock: A fitted `SeasonalClock`, `"auto"`, or None for calendar days, as in `BetaGeoModel`.
            The likelihood with a clock is exact.

    Attributes:
        params_: `r, alpha, a, b`, then the coefficients of covariates.

    References:
        Batislam, Denizel, Filiztekin (2007), Empirical validation and comparison of models for
        customer base analysis, International Journal of Research in Marketing 24.

    Examples:
        >>> from cemkit import load_cdnow, customer_table
        >>> customers = customer_table(load_cdnow("sample"), as_of="1997-09-30")
        >>> ModifiedBetaGeoModel().fit(customers).params_.round(2).to_dict()
        {'r': 0.52, 'alpha': 43.28, 'a': 0.89, 'b': 1.61}
    """

    display_name = "MBG/NBD"
    _can_leave_at_once = True


# Those that a saved value may hold, and that are compared where none are named.
PURCHASE_MODELS: tuple[type[PurchaseModel], ...] = (
    ParetoNBDModel,
    BetaGeoModel,
    ModifiedBetaGeoModel,
)
