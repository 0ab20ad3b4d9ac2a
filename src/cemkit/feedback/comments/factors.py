"""Topics as factors of term weights: fitted once, and the weights of any comments under them."""

import warnings
from typing import Any

import numpy as np
from sklearn.decomposition import NMF
from sklearn.exceptions import ConvergenceWarning

from cemkit.arrays import Floats

TOLERANCE, MOST_STEPS = 1e-10, 500


def learnt_factors(rows: Any, n_topics: int, random_state: int) -> Floats:
    """Return the terms of each topic by non-negative matrix factorisation, each of length 1."""
    model = NMF(n_topics, init="nndsvda", random_state=random_state, max_iter=400, tol=1e-4)
    with warnings.catch_warnings():  # the weights below are exact for any factors
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(rows)
    factors: Floats = model.components_
    lengths = np.sqrt((factors**2).sum(axis=1, keepdims=True))
    return factors / np.where(lengths > 0, lengths, 1.0)


def factor_weights(rows: Any, factors: Floats) -> Floats:
    """Return the non-negative weights that come nearest to each comment, by least squares.

    Each comment is solved on its own, so that its weights do not depend on the others.
    """
    gram = factors @ factors.T + 1e-12 * np.eye(len(factors))
    aim = np.asarray(rows @ factors.T)
    weights: Floats = np.maximum(aim, 0.0) / len(factors)
    active = np.arange(len(aim))
    for _ in range(MOST_STEPS):
        moved = np.zeros(len(active))
        part, wanted = weights[active], aim[active]
        for topic in range(len(factors)):
            slope = wanted[:, topic] - part @ gram[topic]
            new = np.maximum(part[:, topic] + slope / gram[topic, topic], 0.0)
            moved = np.maximum(moved, np.abs(new - part[:, topic]))
            part[:, topic] = new
        weights[active] = part
        active = active[moved > TOLERANCE]
        if not len(active):
            break
    return weights
