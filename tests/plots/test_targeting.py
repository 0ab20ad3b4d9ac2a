"""Pictures of whom to treat."""

import numpy as np
import pandas as pd

import cemkit
from cemkit.plots import targeting


def test_uplift_curve_draws_the_table() -> None:
    rng = np.random.default_rng(0)
    curve = cemkit.uplift_curve(
        rng.normal(size=200), rng.normal(size=200), rng.integers(0, 2, 200), n_resamples=20
    )
    ax = targeting.uplift_curve(curve)
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
    ax = targeting.profit_by_share(profits)
    line = next(line for line in ax.lines if len(line.get_xdata()) == 5)
    assert line.get_xdata().tolist() == [0, 0.25, 0.5, 0.75, 1]
    assert line.get_ydata().tolist() == [0, 4, 7, 5, 0]
    [peak] = (line for line in ax.lines if line.get_label() == "best: 50% contacted, 7")
    assert (peak.get_xdata()[0], peak.get_ydata()[0]) == (0.5, 7)


def test_the_policy_stands_above_each_variant_given_to_everyone() -> None:
    rng = np.random.default_rng(0)
    experiment = pd.DataFrame(
        {
            "customer_id": range(400),
            "variant": ["none", "offer"] * 200,
            "amount": rng.gamma(2, 5, 400),
        }
    )
    found = cemkit.policy_value(pd.Series("offer", index=range(400)), experiment, 0.5)
    ax = found.plot(currency="$")
    points = [line.get_xdata()[0] for line in ax.lines[1:4]]
    assert points == found.table["value"].tolist()
    assert [label.get_text() for label in ax.get_yticklabels()] == found.table["policy"].tolist()
