"""Futures: when customers will buy, drawn from what a model knows of each."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.clv.purchases.histories import Histories, Rows
from cemkit.errors import DataError
from cemkit.formats import count_text

MOST_PURCHASES = 1e8


@dataclasses.dataclass(frozen=True, slots=True)
class Purchases:
    """Purchases to come: whose each is, and how long after the start it falls."""

    customer: Rows
    time: Floats


def pareto_nbd_future(
    random: np.random.Generator,
    theta: Sequence[Floats],
    histories: Histories,
    alive: Floats,
    length: Floats,
) -> Purchases:
    """Purchases within `length` of one customer per history: at a steady rate until they leave."""
    r, alpha, s, beta = theta
    there = random.random(len(alive)) < alive
    rate = random.standard_gamma(r + histories.x) / (alpha + histories.T)
    leaving = random.standard_gamma(np.broadcast_to(s, alive.shape)) / (beta + histories.T)
    with np.errstate(divide="ignore"):
        life = np.minimum(random.standard_exponential(len(alive)) / leaving, length)
    wanted = _numbers(random, rate * life * there)
    customer = np.repeat(np.arange(len(alive)), wanted)
    return Purchases(customer, random.random(len(customer)) * life[customer])


def beta_geo_future(
    random: np.random.Generator,
    theta: Sequence[Floats],
    histories: Histories,
    alive: Floats,
    length: Floats,
    *,
    occasions: Floats,
) -> Purchases:
    """Purchases within `length` of one customer per history, who may leave after each."""
    r, alpha, a, b = theta
    there = random.random(len(alive)) < alive
    rate = random.standard_gamma(r + histories.x) / (alpha + histories.T)
    wanted = _numbers(random, rate * length * there)
    who = np.flatnonzero(wanted)
    wanted = wanted[who]
    leaves_a, leaves_b = (np.broadcast_to(value, alive.shape)[who] for value in (a, b + occasions))
    leaving = random.beta(leaves_a, leaves_b)
    last = random.geometric(np.maximum(leaving, np.finfo(float).tiny))
    customer = np.repeat(who, wanted)
    time = random.random(len(customer)) * length[customer]
    order = np.lexsort((time, customer))
    made = _ranks(wanted) < np.repeat(last, wanted)
    return Purchases(customer[made], time[order][made])


def _numbers(random: np.random.Generator, mean: Floats) -> npt.NDArray[np.int64]:
    """Poisson numbers, unless there are more purchases than memory holds."""
    if not mean.sum() <= MOST_PURCHASES:
        raise DataError(
            f"one future of {count_text(len(mean), 'customers')} would hold {mean.sum():.2g} "
            f"purchases, and {mean.max():.2g} of one of them; take a shorter horizon, and the "
            "logarithm of a covariate with a heavy tail"
        )
    return random.poisson(mean)


def _ranks(counts: npt.NDArray[np.int64]) -> Rows:
    """0, 1, ... within each run of so many."""
    starts = np.cumsum(counts) - counts
    return np.arange(counts.sum()) - np.repeat(starts, counts)
