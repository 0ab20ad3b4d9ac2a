"""Simulated customers: purchase histories drawn as a model says."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks.options import shown
from cemkit.clv.fitting import Array
from cemkit.clv.terms import check_horizon

Drawn = tuple[Array, Array, npt.NDArray[np.bool_]]


def simulated_customers(
    n_customers: int,
    horizon_days: npt.ArrayLike,
    random: np.random.Generator,
    draw: Callable[[np.random.Generator, Array], Drawn],
) -> pd.DataFrame:
    """A customer table from drawn histories.

    Args:
        n_customers: How many.
        horizon_days: How long each is seen: one number, or one each.
        random: What to draw with.
        draw: Repeat purchases, age at the last one, and who is alive, for given times seen.

    Raises:
        ValueError: A horizon is not above 0 or not finite, or there are not as many as customers.

    Examples:
        >>> def nobody_returns(random, T):
        ...     return np.zeros(len(T)), np.zeros(len(T)), np.full(len(T), True)
        >>> simulated_customers(1, 30, np.random.default_rng(0), nobody_returns)
                     repeat_count  recency_days  tenure_days  alive
        customer_id
        0                       0          30.0         30.0   True
    """
    horizons = _horizons(horizon_days)
    if horizons.shape not in {(), (n_customers,)}:
        raise ValueError(
            f"horizon_days must be one number or {n_customers}, one per customer, not of shape "
            f"{horizons.shape}"
        )
    for end in (horizons.min(), horizons.max()):
        check_horizon(float(end))
    tenure = np.full(n_customers, horizons)
    x, t_x, alive = draw(random, tenure)
    return pd.DataFrame(
        {
            "repeat_count": x.astype(np.int64),
            "recency_days": tenure - t_x,
            "tenure_days": tenure,
            "alive": alive,
        },
        index=pd.RangeIndex(n_customers, name="customer_id"),
    )


def _horizons(horizon_days: npt.ArrayLike) -> Array:
    """The times seen as floats: one, or an array of them."""
    try:
        return np.asarray(horizon_days, dtype=np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        raise TypeError(
            f"horizon_days must be one number, or one per customer, not {shown(horizon_days)}"
        ) from error


def pareto_nbd_histories(
    random: np.random.Generator, T: Array, *, r: float, alpha: float, s: float, beta: float
) -> Drawn:
    """Histories of customers who buy at a steady rate until they leave at a random moment.

    Args:
        random: What to draw with.
        T: How long each is seen.
        r: Shape of the purchase rates.
        alpha: Scale of the purchase rates.
        s: Shape of the dropout rates.
        beta: Scale of the dropout rates.

    Examples:
        >>> x, t_x, alive = pareto_nbd_histories(
        ...     np.random.default_rng(0), np.full(1000, 365.0), r=0.6, alpha=80, s=0.6, beta=80
        ... )
        >>> x.mean(), alive.mean()
        (np.float64(1.283), np.float64(0.357))
    """
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
    T: Array,
    *,
    r: float,
    alpha: float,
    a: float,
    b: float,
    can_leave_at_once: bool,
) -> Drawn:
    """Histories of customers who may leave after each repeat purchase.

    Args:
        random: What to draw with.
        T: How long each is seen.
        r: Shape of the purchase rates.
        alpha: Scale of the purchase rates.
        a: First parameter of the dropout probabilities.
        b: Second parameter of the dropout probabilities.
        can_leave_at_once: Whether they may leave after the first purchase too.

    Examples:
        >>> x, t_x, alive = beta_geo_histories(
        ...     np.random.default_rng(0),
        ...     np.full(1000, 365.0),
        ...     r=0.25,
        ...     alpha=30,
        ...     a=0.8,
        ...     b=2.4,
        ...     can_leave_at_once=False,
        ... )
        >>> x.mean(), alive.mean()
        (np.float64(1.4...), np.float64(0.7...))
    """
    n = len(T)
    wanted = random.poisson(random.gamma(r, 1 / alpha, n) * T)
    leaves_with = np.maximum(random.beta(a, b, n), np.finfo(float).tiny)
    last = random.geometric(leaves_with) - int(can_leave_at_once)
    alive = wanted < last
    x = np.where(alive, wanted, last)
    # Of the uniform moments of all wanted purchases the x-th is Beta(x, wanted - x + 1).
    share = random.beta(np.maximum(x, 1), np.maximum(wanted - x, 0) + 1)
    return x.astype(np.float64), np.where(x > 0, T * share, 0.0), alive
