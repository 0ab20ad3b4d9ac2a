"""What the data do not identify: which parameters, and what is known of them together."""

import warnings
from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from cemkit.clv.purchases.fitting import EDGE, TIED, Maximum
from cemkit.errors import CemkitWarning


def warn_of_unknown(best: Maximum, unknown: npt.NDArray[np.bool_], names: list[str]) -> None:
    """Warn of the parameters that the data do not identify, and say what is known of them."""
    if not unknown.any():
        return
    open_names = [names[at] for at in np.flatnonzero(unknown)]
    shapes = "; ".join(_shape_along(best, names, int(at)) for at in np.flatnonzero(unknown))
    warnings.warn(
        f"not identified: {', '.join(open_names)} (no standard error and no "
        f"interval). The likelihood {shapes}. The data do not show how customers "
        "differ in this respect; predictions are valid, but compare a simpler model",
        CemkitWarning,
        stacklevel=6,
    )


def warn_of_quantiles(names: Sequence[str]) -> None:
    """Warn that a predictive distribution stands on parameters that the data do not identify."""
    if names:
        warnings.warn(
            "these quantiles depend on parameters that the data do not identify: "
            f"{', '.join(names)}. The mean is more reliable than the spread of single "
            "customers around it; compare a simpler model",
            CemkitWarning,
            stacklevel=3,
        )


def _shape_along(best: Maximum, names: list[str], at: int) -> str:
    """What the likelihood does as a coordinate that is not identified moves."""
    name, point = names[at], best.point[at]
    if not best.unknown[at]:
        return f"hardly changes with {name} as long as a coefficient moves with it"
    if point in EDGE:
        return f"keeps rising as {name} goes to {_end(name, point > 0)}"
    ties = np.zeros(1) if best.ties is None else best.ties[at]
    others = {names[i]: float(ties[i]) for i in np.flatnonzero(ties)}
    if not others:
        return f"hardly changes with {name}"
    first = int(np.flatnonzero(ties)[0])
    # Where two give way to each other away from an edge, what is known need not be their product.
    give_way = len(others) == 1 and ties[first] < 0 and best.point[first] not in EDGE
    known = "" if give_way else _known_product(name, others, names)
    if len(others) > 1 or best.point[first] not in EDGE:
        moving = f"{' and '.join(others)} move{'s' if len(others) == 1 else ''}"
        return f"hardly changes with {name} as long as {moving} with it{known}"
    end = _end(name, (best.point[first] > 0) == (ties[first] > 0))
    return f"keeps rising as {name} goes to {end} with {names[first]}{known}"


def _known_product(name: str, others: Mapping[str, float], names: list[str]) -> str:
    """What is known of parameters that move in step: their ratio, or product."""
    coefficients = ":" in "".join([name, *others])
    if coefficients or max([abs(abs(share) - 1) for share in others.values()]) > TIED:
        return ""
    other, share = next(iter(others.items()))
    if len(others) == 1 and share > 0:  # a ratio in the order of the parameters
        first, second = sorted((name, other), key=names.index)
        return f", and only {first} / {second} is known"
    product = " ".join(f"{'/' if share > 0 else '*'} {other}" for other, share in others.items())
    return f", and only {name} {product} is known"


def _end(name: str, upward: bool) -> str:
    """Where a parameter, or a covariate's coefficient, runs to."""
    return "infinity" if upward else "minus infinity" if ":" in name else "0"
