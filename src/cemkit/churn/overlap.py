"""Separation found cheaply: terms that separate alone, and a proof that the other rows overlap.

The linear programs of `separation` are exact, but slow with hundreds of terms. Here the terms that
separate alone are taken out first, with the rows that they perfectly predict. For the other rows a
few Newton steps without the penalty usually prove that no combination separates.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from cemkit.arrays import Floats
from cemkit.catalogue import words
from cemkit.churn.logistic import LogisticFit, fit_logistic, score_and_information
from cemkit.churn.separation import (
    Separation,
    find_separation,
)

PROOF_STEPS = 4  # each costs as much as one step of the fit
SOLVED = 1e-8  # relative error of a Newton step
BELOW_ONE = 1 - 1e-3

Groups = Sequence[slice]
Mask = npt.NDArray[np.bool_]


class _Rest(NamedTuple):
    """Rows that no term alone predicts, and the terms that vary among them."""

    rows: Mask
    terms: Mask


def separation_of(
    fit: LogisticFit,
    matrix: Floats,
    churned: Floats,
    center: Floats,
    scale: Floats,
    *,
    groups: Groups = (),
) -> Separation:
    """Return the separation by all terms together, as `find_separation` does."""
    rest, unbounded = _without_single_terms(matrix, churned, groups)
    customers = int((~rest.rows).sum())
    outcome = churned[rest.rows]
    if len(outcome) and outcome.min() == outcome.max():
        customers = len(churned)  # the intercept predicts the others
    elif len(outcome) and rest.terms.any():
        part = _part(matrix, rest)
        inner = center[rest.terms], scale[rest.terms]
        if not _overlaps(_point(fit, matrix, rest, center, scale), part, outcome, *inner):
            sizes = part.std(axis=0)
            found = find_separation(part, outcome, part.mean(axis=0), np.where(sizes > 0, sizes, 1))
            customers += found.customers
            unbounded[rest.terms] = found.terms
    if customers == 0:
        return Separation("none", 0, unbounded)
    return Separation("complete" if customers == len(churned) else "quasi", customers, unbounded)


def why_unbounded(matrix: Floats, churned: Floats, terms: list[str], groups: Groups = ()) -> str:
    """Say which terms separate the outcomes, so that no fit without a penalty has an optimum."""
    mean, size = matrix.mean(axis=0), matrix.std(axis=0)
    size = np.where(size > 0, size, 1.0)
    fit = fit_logistic(matrix, churned, None, mean, size, penalty=1.0)
    found = separation_of(fit, matrix, churned, mean, size, groups=groups)
    if found.kind == "none":
        return ""
    names = [name for name, of in zip(terms, found.terms, strict=True) if of]
    said = words("en").separation_words(found.kind, names, found.customers, len(churned))
    return f"{said}, so their coefficients grow without bound; set penalty above 0"


def _without_single_terms(matrix: Floats, churned: Floats, groups: Groups) -> tuple[_Rest, Mask]:
    """The rows and terms left when those that separate alone are gone, and which these are."""
    firsts = [1 - matrix[:, group].sum(axis=1) for group in groups]
    columns = np.column_stack([matrix, *firsts]) if firsts else matrix
    rows, left = np.ones(len(churned), dtype=bool), np.ones(columns.shape[1], dtype=bool)
    alone = np.zeros(columns.shape[1], dtype=bool)
    part, event = columns, churned > 0
    while len(event) and event.any() and not event.all():
        tells, told, varies = _single(part, event)
        alone[np.flatnonzero(left)[tells]] = True
        left[left] = varies & ~tells
        if not tells.any():
            break
        rows[np.flatnonzero(rows)[told]] = False
        part, event = _part(columns, _Rest(rows, left)), churned[rows] > 0
    unbounded = alone[: matrix.shape[1]]
    for group, first in zip(groups, alone[matrix.shape[1] :], strict=True):
        unbounded[group] |= first
    return _Rest(rows, left[: matrix.shape[1]]), unbounded


def _single(part: Floats, event: Mask) -> tuple[Mask, Mask, Mask]:
    """Which columns separate alone, which rows they predict, and which columns vary."""
    (low0, high0), (low1, high1) = (
        (part[side].min(axis=0), part[side].max(axis=0)) for side in (~event, event)
    )
    rising, falling = high0 <= low1, high1 <= low0
    varies = np.maximum(high0, high1) > np.minimum(low0, low1)
    tells = varies & (rising | falling)
    boundary = np.where(rising, high0, high1)[tells]
    told = (part[:, tells] != boundary).any(axis=1)
    complete = (np.where(rising, high0 < low1, high1 < low0) & tells).any()
    return tells, told | bool(complete), varies


def _part(matrix: Floats, rest: _Rest) -> Floats:
    if rest.rows.all() and rest.terms.all():
        return matrix
    return matrix[np.ix_(rest.rows, rest.terms)]


def _point(fit: LogisticFit, matrix: Floats, rest: _Rest, center: Floats, scale: Floats) -> Floats:
    """The fit's parameters of the varying terms; constant ones count in the intercept."""
    constant = ~rest.terms
    value = matrix[int(rest.rows.argmax()), constant]
    slopes = fit.parameters[1:]
    shift = ((value - center[constant]) / scale[constant]) @ slopes[constant]
    point: Floats = np.r_[fit.parameters[0] + shift, slopes[rest.terms]]
    return point


def _overlaps(
    point: Floats, matrix: Floats, churned: Floats, center: Floats, scale: Floats
) -> bool:
    """Whether Newton steps without a penalty prove that the likelihood has a maximum."""
    side = np.where(churned > 0, 1.0, -1.0)
    for _ in range(PROOF_STEPS):
        score, information = score_and_information(point, matrix, churned, center, scale)
        step = np.asarray(np.linalg.lstsq(information, score, rcond=1e-12)[0], dtype=np.float64)
        if np.abs(information @ step - score).max() > SOLVED * np.abs(score).max():
            return False
        margin = side * _log_odds(point, matrix, center, scale)
        move = side * _log_odds(step, matrix, center, scale)
        if (expit(margin) * move).max() < BELOW_ONE:
            return True
        point = point + step
    return False


def _log_odds(point: Floats, matrix: Floats, center: Floats, scale: Floats) -> Floats:
    slopes = point[1:] / scale
    log_odds: Floats = matrix @ slopes + (point[0] - center @ slopes)
    return log_odds
