"""Pictures of repurchase cycles count every cycle once."""

import pandas as pd
import pytest
from matplotlib import pyplot as plt

from cemkit.errors import NotEnoughDataError
from cemkit.plots import recommendation


def test_repurchase_cycles_counts_every_cycle_once() -> None:
    cycles = pd.DataFrame(
        {
            "cycle_days": [10.0, 20, 30, 900],
            "due_date": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-03-01", "2027-01-01"]),
            "overdue": [False, True, False, False],
        }
    )
    _, given = plt.subplots()
    ax = recommendation.repurchase_cycles(cycles, "2024-02-01", ax=given)
    assert ax is given
    assert sum(patch.get_height() for patch in ax.patches) == 3
    labels = {text.get_text() for text in ax.get_legend().get_texts()}
    assert labels == {"not yet due (1)", "due (1)", "overdue (1)"}
    assert ax.get_title() == "1 cycle beyond 365 days not shown"
    with pytest.raises(NotEnoughDataError, match="need at least 1 cycle of at most 5 days, got 0"):
        recommendation.repurchase_cycles(cycles, "2024-02-01", longest_days=5)
