"""What a logistic fit says about each feature, with errors, intervals and tests.

References:
    Wahba (1983), Bayesian confidence intervals for the cross-validated smoothing spline, JRSS B
        45, for intervals of penalised fits.
"""

import dataclasses

import numpy as np
import pandas as pd
from scipy.stats import chi2, norm

from cemkit.arrays import Floats
from cemkit.churn.logistic import LogisticFit, fit_logistic
from cemkit.churn.outcomes import CHURN, Outcome
from cemkit.proportions.intervals import critical_value
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class PropensityCoefficients(Result):
    """Log-odds and odds ratios of an outcome, from `PropensityModel.coefficients`.

    Attributes:
        outcome: Name of the outcome.
        customers: Number of rows in the fit.
        events: Number of rows with the outcome.
        log_likelihood: Log-likelihood at the optimum.
        null_log_likelihood: Log-likelihood of the model with only an intercept.
        statistic: Likelihood-ratio statistic of the whole model against the intercept.
        p_value: P-value of `statistic` (chi-squared), under the hypothesis that all coefficients
            are 0.
        mcfadden_r2: McFadden's R squared, 1 - log_likelihood / null_log_likelihood.
        penalty: Penalty of the fit. With a penalty the intervals are posterior intervals.
        confidence_level: Confidence level of the intervals, as a fraction.
        table: One row per `term`, `intercept` first: `coefficient` (log-odds per unit),
            `standard_error, z, p_value, lower, upper, odds_ratio, odds_ratio_lower,
            odds_ratio_upper`, and `marginal_effect` (mean change in probability per unit) with
            `marginal_effect_error`, both missing for the intercept.

    Examples:
        >>> from cemkit.churn import PropensityModel
        >>> spread = pd.DataFrame({"recency_days": [1.0, 2.0, 3.0, 4.0] * 10})
        >>> upgraded = pd.Series([0, 1, 0, 1] * 9 + [0, 0, 1, 1])
        >>> read = PropensityModel(penalty=0).fit(spread, upgraded).coefficients()
        >>> round(read.table.loc["recency_days", "odds_ratio"], 4)
        np.float64(2.8064)
    """

    _pictures = ("churn.coefficients",)

    outcome: str
    customers: int
    events: int
    log_likelihood: float
    null_log_likelihood: float
    statistic: float
    p_value: float
    mcfadden_r2: float
    penalty: float
    confidence_level: float
    table: pd.DataFrame

    def clearest(self) -> pd.Series:
        """Return the row of the feature farthest from having no effect, in standard errors."""
        table = self.table.drop(index="intercept")
        row: pd.Series = table.astype(np.float64).iloc[int(table["z"].abs().to_numpy().argmax())]
        return row


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ChurnCoefficients(PropensityCoefficients):
    """Log-odds and odds ratios of a churn model, from `ChurnModel.coefficients`.

    It has the attributes of `PropensityCoefficients`.

    Examples:
        >>> from cemkit import ChurnModel
        >>> spread = pd.DataFrame({"recency_days": [1.0, 2.0, 3.0, 4.0] * 10})
        >>> churned = pd.Series([0, 1, 0, 1] * 9 + [0, 0, 1, 1])
        >>> read = ChurnModel(penalty=0).fit(spread, churned).coefficients()
        >>> round(read.table.loc["recency_days", "odds_ratio"], 4)
        np.float64(2.8064)
    """


def coefficients_of(
    terms: list[str],
    fit: LogisticFit,
    center: Floats,
    scale: Floats,
    *,
    penalty: float,
    counts: tuple[int, int],
    confidence_level: float,
    outcome: Outcome,
) -> PropensityCoefficients:
    """The table of coefficients in the features' own units."""
    unscaled = np.diag(np.r_[1.0, 1 / scale])
    unscaled[0, 1:] = -center / scale
    ridge = np.diag(np.r_[0.0, np.full(len(terms), penalty)])
    covariance = np.linalg.inv(fit.information + ridge)
    estimate = unscaled @ fit.parameters
    table = _wald_table(
        ["intercept", *terms],
        estimate,
        np.sqrt(np.diag(unscaled @ covariance @ unscaled.T)),
        confidence_level,
    )
    effect, error = _marginal_effects(fit, covariance, scale)
    table["marginal_effect"] = np.r_[np.nan, effect]
    table["marginal_effect_error"] = np.r_[np.nan, error]
    customers, events = counts
    null = _null_log_likelihood(customers, events)
    statistic = 2 * (fit.log_likelihood - null)
    kind = ChurnCoefficients if outcome == CHURN else PropensityCoefficients
    return kind(
        outcome=outcome.noun,
        customers=customers,
        events=events,
        log_likelihood=fit.log_likelihood,
        null_log_likelihood=null,
        statistic=statistic,
        p_value=float(chi2.sf(statistic, len(terms))),
        mcfadden_r2=1 - fit.log_likelihood / null,
        penalty=penalty,
        confidence_level=confidence_level,
        table=table,
    )


def _wald_table(
    terms: list[str], estimate: Floats, error: Floats, confidence_level: float
) -> pd.DataFrame:
    z = estimate / error
    reach = critical_value(confidence_level) * error
    lower, upper = estimate - reach, estimate + reach
    return pd.DataFrame(
        {
            "coefficient": estimate,
            "standard_error": error,
            "z": z,
            "p_value": 2 * norm.sf(np.abs(z)),
            "lower": lower,
            "upper": upper,
            "odds_ratio": _odds(estimate),
            "odds_ratio_lower": _odds(lower),
            "odds_ratio_upper": _odds(upper),
        },
        index=pd.Index(terms, name="term"),
    )


def _odds(log_odds: Floats) -> Floats:
    with np.errstate(over="ignore"):  # a unit far beyond a feature's range multiplies without bound
        odds: Floats = np.exp(log_odds)
    return odds


def _marginal_effects(fit: LogisticFit, covariance: Floats, scale: Floats) -> tuple[Floats, Floats]:
    """Mean p(1 - p) times the coefficient, and its error by the delta method."""
    slopes = fit.parameters[1:]
    derivative = np.outer(slopes, fit.density_gradient)
    derivative[:, 1:] += fit.mean_density * np.eye(len(slopes))
    error = np.sqrt(np.einsum("ij,jk,ik->i", derivative, covariance, derivative))
    return fit.mean_density * slopes / scale, error / scale


def _null_log_likelihood(customers: int, events: int) -> float:
    share = events / customers
    return events * float(np.log(share)) + (customers - events) * float(np.log1p(-share))


def likelihood_ratios(
    matrix: Floats,
    happened: Floats,
    terms_of: dict[str, list[str]],
    center: Floats,
    scale: Floats,
) -> pd.DataFrame:
    """Twice the log-likelihood that each feature's terms add to all the others."""
    whole = fit_logistic(matrix, happened, None, center, scale, penalty=0.0).log_likelihood
    rows, place = {}, 0
    for feature, terms in terms_of.items():
        others = np.ones(matrix.shape[1], dtype=bool)
        others[place : place + len(terms)] = False
        place += len(terms)
        less = fit_logistic(
            matrix[:, others], happened, None, center[others], scale[others], penalty=0.0
        ).log_likelihood
        statistic = max(2 * (whole - less), 0.0)
        rows[feature] = (statistic, len(terms), float(chi2.sf(statistic, len(terms))))
    table = pd.DataFrame.from_dict(rows, orient="index", columns=["statistic", "df", "p_value"])
    return table.rename_axis("feature")
