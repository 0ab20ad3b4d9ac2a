"""Moments against pandas, on every engine."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.data.reductions.moments import ROWS, cell_moments, customer_sums

RNG = np.random.default_rng(0)
DATA = pd.DataFrame(
    {
        "variant": RNG.choice(["A", "B"], 500),
        "x": RNG.normal(1e6, 3, 500),
        "y": RNG.normal(5, 1, 500),
        "flag": RNG.random(500) < 0.5,
    }
)


def test_moments_are_those_of_pandas(engine: Any) -> None:
    found = cell_moments(engine(DATA), ["variant"], ["flag", "y"], [("x", "y"), ("y", "y")])
    cells = DATA.groupby("variant")
    assert found["variant"].tolist() == ["A", "B"]
    assert found["rows"].tolist() == cells.size().tolist()
    assert found["flag sum"].tolist() == cells["flag"].sum().tolist()
    np.testing.assert_allclose(found["y sum"], cells["y"].sum())
    np.testing.assert_allclose(found["x mean"], cells["x"].mean())
    np.testing.assert_allclose(found["x var"], cells["x"].var(), rtol=1e-7)
    expected = [group["x"].cov(group["y"]) for _, group in cells]
    np.testing.assert_allclose(found["x y cov"], expected, atol=1e-6)


def test_small_integers_do_not_wrap_around(quick_engine: Any) -> None:
    # 200 + 100 is 44 in a byte.
    bytes_ = pd.DataFrame({"variant": "A", "x": [200, 10, 250, 90], "y": [100, 1, 200, 90]})
    found = cell_moments(
        quick_engine(bytes_.astype({"x": "uint8", "y": "uint8"})), ["variant"], [], [("x", "y")]
    )
    assert found["x y cov"].iloc[0] == pytest.approx(bytes_["x"].cov(bytes_["y"]))
    assert found["x var"].iloc[0] == pytest.approx(bytes_["x"].var())


def test_rows_are_summed_per_customer() -> None:
    rows = pd.DataFrame({"customer_id": [1, 1, 2], "variant": "A", "flag": [True, True, False]})
    found = customer_sums(rows, ["variant"], ["flag"]).sort_values("customer_id")
    assert found[["flag", ROWS]].to_numpy().tolist() == [[2, 2], [0, 1]]
