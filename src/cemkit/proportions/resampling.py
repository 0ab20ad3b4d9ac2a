"""Bootstrap draws and the intervals that percentiles of draws give.

References:
    Efron, Tibshirani (1993), An introduction to the bootstrap.
"""

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from cemkit.arrays import Floats
from cemkit.checks import check_integer

MOST_RESAMPLES = 100_000


@contextmanager
def one_thread() -> Iterator[None]:
    """Hold linear algebra to one thread, around a loop over draws.

    From 10,000 rows on, a product of two columns would wake all threads, and they would wait for
    each other longer than the product takes. A generator cannot hold the limit itself: while it is
    suspended, an exception in the loop would leave the process on one thread.
    """
    with threadpool_limits(1, "blas"):
        yield


def bootstrap_weights(
    strata: Sequence[npt.NDArray[np.intp]], n_resamples: int, random_state: Any, *, progress: bool
) -> Iterator[Floats]:
    """Yield how often each row is drawn; every stratum, given by its rows, keeps its size.

    Loop over the draws inside `with one_thread():`.
    """
    check_integer(n_resamples, "n_resamples", minimum=1, maximum=MOST_RESAMPLES)
    random = np.random.default_rng(random_state)
    for _ in tqdm(range(n_resamples), disable=not progress, desc="resamples"):
        weights = np.zeros(sum(map(len, strata)))
        for rows in strata:
            drawn = random.integers(len(rows), size=len(rows))
            weights[rows] = np.bincount(drawn, minlength=len(rows))
        yield weights


def percentile_interval(draws: Floats, confidence_level: float) -> tuple[Any, Any]:
    """Return the percentiles of draws, along their first axis."""
    tail = (1 - confidence_level) / 2
    lower, upper = np.quantile(draws, [tail, 1 - tail], axis=0)
    return lower, upper


def centred_interval(draws: Floats, estimate: Any, confidence_level: float) -> tuple[Any, Any]:
    """Return the percentiles of draws, moved so that their median is the estimate."""
    tail = (1 - confidence_level) / 2
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a measure that no draw has
        lower, middle, upper = np.nanquantile(draws, [tail, 0.5, 1 - tail], axis=0)
    shift = estimate - middle
    return np.minimum(lower + shift, estimate), np.maximum(upper + shift, estimate)
