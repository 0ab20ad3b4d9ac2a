"""Orders of the chain: the likelihood against a product over the moves of each path."""

import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest

from cemkit.journey import ConversionPaths, attribute_conversions, chain_orders


def looped(paths: list[tuple[str, int]], order: int) -> float:
    moves: Counter[tuple[str, str]] = Counter()
    for path, converted in paths:
        states = ["", *(path[max(k + 1 - order, 0) : k + 1] for k in range(len(path)))]
        moves.update(zip(states, [*states[1:], f"={converted}"], strict=True))
    out: Counter[str] = Counter()
    for (state, _), count in moves.items():
        out[state] += count
    return sum(count * math.log(count / out[state]) for (state, _), count in moves.items())


def test_the_likelihood_is_that_of_a_loop() -> None:
    rng = np.random.default_rng(0)
    paths = [
        ("".join(rng.choice(list("abc"), rng.geometric(0.4))), int(rng.random() < 0.3))
        for _ in range(200)
    ]
    table = pd.DataFrame(
        [(tuple(path), converted, 1 - converted) for path, converted in paths],
        columns=["path", "conversions", "nulls"],
    )
    found = chain_orders(ConversionPaths.from_table(table))
    for order in (1, 2, 3):
        assert found["log_likelihood"][order] == pytest.approx(looped(paths, order))
    assert found["states"].is_monotonic_increasing
    penalty = found["parameters"] * math.log(200)
    assert found["bic"].to_numpy() == pytest.approx(penalty - 2 * found["log_likelihood"])


def test_a_memory_of_two_channels_is_found() -> None:
    rng = np.random.default_rng(1)
    rows = []
    for _ in range(3000):
        path = rng.choice(list("ab"), 3).tolist()
        rows.append((path, int(rng.random() < (0.8 if path[1] == path[2] else 0.1))))
    table = pd.DataFrame(
        [(tuple(path), c, 1 - c) for path, c in rows], columns=["path", "conversions", "nulls"]
    )
    assert chain_orders(ConversionPaths.from_table(table), max_order=2)["bic"].idxmin() == 2


def test_paths_without_touches_are_refused() -> None:
    table = pd.DataFrame({"path": ["a"], "conversions": [1], "nulls": [1]})
    paths = ConversionPaths.from_table(table)
    with pytest.raises(ValueError, match="max_order must be at most 6"):
        chain_orders(paths, max_order=7)
    with pytest.raises(TypeError, match="must be of type ConversionPaths"):
        chain_orders(table)


def test_credit_names_the_criterion_of_its_order() -> None:
    counted = pd.DataFrame(
        {"path": ["a>b>a", "a", "b>b"], "conversions": [5, 1, 3], "nulls": [1, 5, 2]}
    )
    paths = ConversionPaths.from_table(counted)
    for order, bic in chain_orders(paths)["bic"].items():
        assert attribute_conversions(paths, order=order).bic == bic
    assert attribute_conversions(paths, ["first"]).bic is None
