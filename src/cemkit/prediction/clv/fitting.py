"""Maximum likelihood: distinct rows with counts, and damped Newton steps on log-parameters."""

import dataclasses
from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.errors import ConvergenceError

Array = npt.NDArray[np.float64]
Derivatives = tuple[float, Array, Array]

LARGEST_STEP = 1.0  # in log-parameters: a factor of e per pass
SMALLEST_STEP = 1e-6


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Maximum:
    """Where a log-likelihood is greatest.

    Attributes:
        parameters: The positive parameters.
        log_likelihood: Its value there.
        covariance: Inverse of the observed information, symmetric.

    Examples:
        >>> Maximum(parameters=np.ones(1), log_likelihood=-1.0, covariance=np.eye(1)).log_likelihood
        -1.0
    """

    parameters: Array
    log_likelihood: float
    covariance: Array


def distinct_rows(table: pd.DataFrame) -> tuple[pd.DataFrame, Array]:
    """The distinct rows, sorted, and how often each occurs: all that the likelihood needs.

    Args:
        table: Numeric columns.

    Examples:
        >>> rows, counts = distinct_rows(pd.DataFrame({"x": [2, 0, 0]}))
        >>> rows["x"].tolist(), counts.tolist()
        ([0, 2], [2.0, 1.0])
    """
    counts = table.groupby(list(table.columns), sort=True).size()
    return counts.index.to_frame(index=False), counts.to_numpy().astype(np.float64)


def maximize(
    derivatives: Callable[[Array], Derivatives],
    start: Sequence[float],
    *,
    tolerance: float = 1e-10,
    passes: int = 200,
) -> Maximum:
    """The maximum over positive parameters, by Newton steps on their logarithms.

    Args:
        derivatives: Log-likelihood, gradient and Hessian at given parameters.
        start: Where to begin.
        tolerance: Stop when a step promises less log-likelihood than this.
        passes: How many steps to try.

    Raises:
        ConvergenceError: No maximum was reached in that many steps.

    Examples:
        >>> def normal(theta):  # ten observations with mean 2 and variance 1
        ...     return -5 * (theta[0] - 2) ** 2, -10 * (theta - 2), np.array([[-10.0]])
        >>> best = maximize(normal, start=[1.0])
        >>> best.parameters.round(6), best.covariance.round(6)
        (array([2.]), array([[0.1]]))
    """
    logs = np.log(np.asarray(start, dtype=np.float64))
    value, gradient, hessian = _on_logs(derivatives, logs)
    for _ in range(passes):
        step = _ascent(gradient, hessian)
        if float(gradient @ step) < tolerance:
            return _at(derivatives, logs)
        step *= min(1.0, LARGEST_STEP / float(np.abs(step).max()))
        logs, (value, gradient, hessian) = _line_search(derivatives, logs, step, value)
    raise ConvergenceError(
        f"no maximum of the likelihood in {passes} steps; the parameters were "
        f"{np.exp(logs).round(6).tolist()}; check the table for extreme rows"
    )


def _on_logs(derivatives: Callable[[Array], Derivatives], logs: Array) -> Derivatives:
    theta = np.exp(logs)
    value, gradient, hessian = derivatives(theta)
    slope = gradient * theta
    return value, slope, hessian * np.outer(theta, theta) + np.diag(slope)


def _ascent(gradient: Array, hessian: Array) -> Array:
    # Away from the maximum the Hessian may be indefinite; absolute eigenvalues still point uphill.
    values, vectors = np.linalg.eigh(-hessian)
    curvature = np.maximum(np.abs(values), 1e-10 * max(1.0, np.abs(values).max()))
    step: Array = vectors @ ((vectors.T @ gradient) / curvature)
    return step


def _line_search(
    derivatives: Callable[[Array], Derivatives], logs: Array, step: Array, value: float
) -> tuple[Array, Derivatives]:
    share = 1.0
    slack = 1e-12 * abs(value)  # rounding must not stop the last step
    while share > SMALLEST_STEP:
        tried = _on_logs(derivatives, logs + share * step)
        if np.isfinite(tried[0]) and tried[0] >= value - slack:
            return logs + share * step, tried
        share /= 4
    raise ConvergenceError(
        f"the likelihood stopped rising at the parameters {np.exp(logs).round(6).tolist()}; "
        "check the table for extreme rows"
    )


def _at(derivatives: Callable[[Array], Derivatives], logs: Array) -> Maximum:
    theta = np.exp(logs)
    value, _, hessian = derivatives(theta)
    covariance = np.linalg.inv(-hessian)
    return Maximum(
        parameters=theta, log_likelihood=value, covariance=(covariance + covariance.T) / 2
    )
