"""Offers that some customers get by chance, so that what offers do can be learnt."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.checks import check_number, meant, unknown_labels
from cemkit.formats import count_text
from cemkit.targeting.solver import Problem

Mask = npt.NDArray[np.bool_]


def exploration_shares(explore: float | Mapping[Any, float], offers: list[Any]) -> Floats:
    """Return the share of the customers to draw for each offer."""
    if not isinstance(explore, Mapping):
        explore = dict.fromkeys(offers, explore)
    unknown = unknown_labels(explore, offers)
    if unknown:
        hint = meant(unknown[0], offers)
        raise ValueError(
            f"explore names {unknown[0]!r}, an offer that nobody can have{hint}; use {offers}"
        )
    for offer, share in explore.items():
        check_number(share, f"explore of offer {offer!r}", minimum=0)
    shares = np.array([float(explore.get(offer, 0.0)) for offer in offers])
    if shares.sum() > 1 + 1e-9:
        raise ValueError(
            f"explore draws {shares.sum():g} of the customers over "
            f"{count_text(len(offers), 'offers')}; the shares of all offers sum to at most 1"
        )
    return shares


def drawn_offers(problem: Problem, allowed: Mask, shares: Floats, rng: np.random.Generator) -> Mask:
    """Return who gets which offer by chance, as far as the limits allow."""
    drawn = np.zeros(allowed.shape, dtype=np.bool_)
    if not shares.any():
        return drawn
    chance, order = rng.random(len(allowed)), rng.permutation(len(allowed))
    what = np.searchsorted(np.cumsum(shares), chance, side="right")
    who = order[what[order] < len(shares)]
    who = who[allowed[who, what[who]]]
    drawn[who, what[who]] = True
    places = np.cumsum(drawn[who], axis=0)[np.arange(len(who)), what[who]]
    who = who[places <= problem.limits[1 + what[who]]]
    who = who[np.cumsum(problem.cost[who, what[who]]) <= problem.limits[0]]
    drawn[:] = False
    drawn[who, what[who]] = True
    return drawn
