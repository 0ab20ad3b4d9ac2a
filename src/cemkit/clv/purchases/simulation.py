"""Simulated customers: purchase histories drawn as a model says."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks.options import shown
from cemkit.clv.clock.model_time import PLAIN_DAYS, ModelTime
from cemkit.clv.terms import check_horizon

Drawn = tuple[Floats, Floats, npt.NDArray[np.bool_]]


def simulated_customers(
    n_customers: int,
    horizon_days: npt.ArrayLike,
    random: np.random.Generator,
    draw: Callable[[np.random.Generator, Floats], Drawn],
    time: ModelTime = PLAIN_DAYS,
) -> pd.DataFrame:
    """A customer table from histories drawn in the time of a model."""
    horizons = _horizons(horizon_days)
    if horizons.shape not in {(), (n_customers,)}:
        raise ValueError(
            f"horizon_days must be one number or {n_customers}, one per customer, not of shape "
            f"{horizons.shape}"
        )
    for end in (horizons.min(), horizons.max()):
        check_horizon(float(end))
    tenure = np.full(n_customers, horizons)
    age = time.since(tenure)
    x, t_x, alive = draw(random, age)
    return pd.DataFrame(
        {
            "repeat_count": x.astype(np.int64),
            "recency_days": np.minimum(tenure, time.days_since(age - t_x)),
            "tenure_days": tenure,
            "alive": alive,
        },
        index=pd.RangeIndex(n_customers, name="customer_id"),
    )


def _horizons(horizon_days: npt.ArrayLike) -> Floats:
    """The times seen as floats: one, or an array of them."""
    try:
        return np.asarray(horizon_days, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(
            f"horizon_days must be one number, or one per customer, not {shown(horizon_days)}"
        ) from error


def pareto_nbd_histories(
    random: np.random.Generator, T: Floats, *, r: float, alpha: float, s: float, beta: float
) -> Drawn:
    """Histories of customers who buy at a steady rate until they leave at a random moment."""
    n = len(T)
    rate = random.gamma(r, 1 / alpha, n)
    with np.errstate(divide="ignore"):
        lifetime = random.standard_exponential(n) / random.gamma(s, 1 / beta, n)
    seen = np.minimum(lifetime, T)
    x = random.poisson(rate * seen).astype(np.float64)
    # Given their number purchases are uniform; the largest of x uniforms is U^(1/x).
    t_x = np.where(x > 0, seen * random.random(n) ** (1 / np.maximum(x, 1)), 0.0)
    return x, t_x, lifetime > T


def beta_geo_histories(
    random: np.random.Generator,
    T: Floats,
    *,
    r: float,
    alpha: float,
    a: float,
    b: float,
    can_leave_at_once: bool,
) -> Drawn:
    """Histories of customers who may leave after each repeat purchase."""
    n = len(T)
    wanted = random.poisson(random.gamma(r, 1 / alpha, n) * T)
    leaves_with = np.maximum(random.beta(a, b, n), np.finfo(float).tiny)
    last = random.geometric(leaves_with) - int(can_leave_at_once)
    alive = wanted < last
    x = np.where(alive, wanted, last)
    # Of the uniform moments of all wanted purchases the x-th is Beta(x, wanted - x + 1).
    share = random.beta(np.maximum(x, 1), np.maximum(wanted - x, 0) + 1)
    return x.astype(np.float64), np.where(x > 0, T * share, 0.0), alive
