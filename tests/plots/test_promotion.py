"""What the pictures of promotion show, and that they need matplotlib."""

import sys
from collections.abc import Iterator

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

import cemkit
from cemkit.errors import MissingDependencyError, NotEnoughDataError
from cemkit.plots import promotion


@pytest.fixture(autouse=True)
def _closed_figures() -> Iterator[None]:
    yield
    plt.close("all")


def test_uplift_curve_draws_the_table() -> None:
    rng = np.random.default_rng(0)
    curve = cemkit.uplift_curve(
        rng.normal(size=200), rng.normal(size=200), rng.integers(0, 2, 200), n_resamples=20
    )
    ax = promotion.uplift_curve(curve)
    best, random = ax.lines
    assert best.get_ydata().tolist() == curve.table["incremental"].tolist()
    assert random.get_ydata().tolist() == curve.table["random"].tolist()
    assert len(ax.collections) == 1
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["95% interval", "highest uplift first", "random order"]


def test_profit_by_share_takes_each_customers_best_offer_and_marks_the_peak() -> None:
    profits = pd.DataFrame(
        {"customer_id": [1, 1, 2, 3, 4], "offer": list("abaaa"), "profit": [1.0, 4, -2, 3, -5]}
    )
    ax = promotion.profit_by_share(profits)
    line = next(line for line in ax.lines if len(line.get_xdata()) == 5)
    assert line.get_xdata().tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert line.get_ydata().tolist() == [0, 4, 7, 5, 0]
    assert ax.texts[0].get_text() == "50% contacted: 7"
    assert ax.texts[0].xy == (0.5, 7)


def test_repurchase_cycles_counts_every_cycle_once() -> None:
    cycles = pd.DataFrame(
        {
            "cycle_days": [10.0, 20, 30, 900],
            "due_date": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-03-01", "2027-01-01"]),
            "overdue": [False, True, False, False],
        }
    )
    _, given = plt.subplots()
    ax = promotion.repurchase_cycles(cycles, "2024-02-01", given)
    assert ax is given
    assert sum(patch.get_height() for patch in ax.patches) == 3
    labels = {text.get_text() for text in ax.get_legend().get_texts()}
    assert labels == {"not yet due (1)", "due (1)", "overdue (1)"}
    assert ax.get_title() == "1 cycles beyond 365 days not shown"
    with pytest.raises(NotEnoughDataError, match="cycles of at most 5 days.*, got 0"):
        promotion.repurchase_cycles(cycles, "2024-02-01", longest_days=5)


def test_without_matplotlib_the_error_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    profits = pd.DataFrame({"customer_id": [1], "offer": "a", "profit": 1.0})
    with pytest.raises(MissingDependencyError, match="run: python -m pip install matplotlib"):
        promotion.profit_by_share(profits)
