"""FrequencyGammaGammaModel: spend per purchase that goes with how often customers buy."""

from collections.abc import Callable
from typing import Any, Self

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_number, check_positive
from cemkit.clv.purchases.ends import without_open_ends
from cemkit.clv.purchases.estimates import LARGEST_LOG, in_chunks, total_derivatives
from cemkit.clv.purchases.fitting import Derivatives
from cemkit.clv.purchases.likelihoods import gamma_gamma_rows
from cemkit.clv.spend.gamma_gamma import GammaGammaModel
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text

FREQUENCY = "spend:frequency"
CHUNK = 65_536


class FrequencyGammaGammaModel(GammaGammaModel):
    """Gamma-Gamma model of spend per purchase that depends on purchase frequency.

    `GammaGammaModel` assumes that spend per purchase is independent of frequency, and warns where
    it is not. Here the scale of a customer with x repeat purchases is gamma (1 + x)^c, so the
    typical amount grows (or falls) with that power of the frequency; c = 0 is the Gamma-Gamma
    model. Spend is modelled given the observed number of purchases, so fit it to customers with a
    similar length of observation.

    Attributes:
        params_: `p, q, gamma`, then `spend:frequency`, which is c. gamma is in the currency of the
            amounts, for a customer without a repeat purchase.

    References:
        Fader, Hardie (2013), The gamma-gamma model of monetary value. A covariate in the scale is
        that of Fader, Hardie (2007) for the rate of purchases.

    Examples:
        >>> from cemkit import load_cdnow, customer_table
        >>> customers = customer_table(load_cdnow("sample"), as_of="1997-09-30")
        >>> model = FrequencyGammaGammaModel().fit(customers)
        >>> model.params_.round(2).to_dict()
        {'p': 11.01, 'q': 3.37, 'gamma': 5.81, 'spend:frequency': 0.23}
    """

    @classmethod
    def from_parameters(cls, **parameters: float) -> Self:
        """Return a model with given parameters, ready to predict but without standard errors.

        Args:
            **parameters: `p, q, gamma`, above 0, and `frequency`, any number.

        Raises:
            TypeError: A parameter is missing, or does not belong to this model.
            ValueError: `p`, `q` or `gamma` is not above 0.
        """
        names = [*cls.parameter_names, "frequency"]
        if set(parameters) != set(names):
            raise TypeError(
                f"{cls.__name__} takes the parameters {', '.join(names)}, not "
                f"{', '.join(parameters) or 'none'}"
            )
        values = {name: check_positive(parameters[name], name) for name in cls.parameter_names}
        power = check_number(parameters["frequency"], "frequency")
        model = cls()
        model.params_ = pd.Series(values | {FREQUENCY: power})
        return model

    def to_lifetimes(self) -> Any:
        """Raise an error, because lifetimes has no such model."""
        raise ValueError(
            "lifetimes has no Gamma-Gamma model with frequency; fit GammaGammaModel and "
            "convert that"
        )

    def _scales(self, x: Floats) -> Floats:
        gamma, power = self.params_["gamma"], self.params_[FREQUENCY]
        logs = np.log(gamma) + power * np.log1p(x)
        beyond = np.abs(logs) > LARGEST_LOG
        if beyond.any():
            raise DataError(
                f"with {FREQUENCY}={power:g} the scale of amounts of "
                f"{count_text(int(beyond.sum()), 'customers')} is e^{logs[beyond][0]:.0f}, too far "
                f"from 0 and infinity to compute with (the first has {x[beyond][0]:.0f} repeat "
                "purchases); is the power that of this shop?"
            )
        scales: Floats = gamma * (1 + x) ** power
        return scales

    def _sql_parameters(self) -> dict[str, float]:
        return super()._sql_parameters() | {"frequency": float(self.params_[FREQUENCY])}

    def _coordinates(self) -> list[str]:
        return [*self.parameter_names, FREQUENCY]

    def _warn(self, x: Floats, z: Floats, counts: Floats) -> None:
        if np.ptp(x) == 0:
            raise NotEnoughDataError(
                "different numbers of repeat purchases", 1, 2, "use GammaGammaModel"
            )

    def _estimate(self, x: Floats, z: Floats, counts: Floats) -> None:
        n = float(counts.sum())
        scale, frequency = float(counts @ z) / n, np.log1p(x)
        origin = float(counts @ frequency) / n
        derivatives = _derivatives(x, z / scale, counts, frequency - origin)
        start, logs = np.append(np.log([3.0, 3.0, 1.0]), 0.0), np.array([True, True, True, False])
        best = without_open_ends(derivatives, start, logs)
        shift = np.eye(4)
        shift[2, 3] = -origin
        units = np.array([1.0, 1.0, scale, 1.0])
        log_likelihood = best.log_likelihood - n * float(np.log(scale))
        self._set_estimates(best, self._coordinates(), units, log_likelihood, n, shift=shift)


def _derivatives(
    x: Floats, z: Floats, counts: Floats, frequency: Floats
) -> Callable[[Floats], Derivatives]:
    """The log-likelihood as a function of log p, log q, log gamma and the power."""
    ones = np.ones((len(x), 1))
    designs = [ones, ones, np.column_stack([ones, frequency])]

    def of_part(point: Floats, part: slice) -> Derivatives:
        p, q = np.exp(point[:2])
        theta = [p, q, np.exp(point[2] + point[3] * frequency[part])]
        rows = gamma_gamma_rows(theta, x[part], z[part])
        return total_derivatives(rows, [design[part] for design in designs], counts[part])

    return lambda point: in_chunks(lambda part: of_part(point, part), len(x), CHUNK)
