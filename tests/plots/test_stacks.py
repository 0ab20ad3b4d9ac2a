"""Bars are the parts of the table, in their order."""

import pandas as pd

from cemkit.plots.stacks import stacked


def test_parts_follow_each_other() -> None:
    table = pd.DataFrame({"fired": [1, 0], "over_cap": [2, 5], "outranked": [0, 1]})
    ax = stacked(table, ["a", "b"], None, xlabel="times")
    ends = [(bar.get_x(), bar.get_width()) for bar in ax.patches]
    assert ends == [(0, 1), (0, 0), (1, 2), (0, 5), (3, 0), (5, 1)]
    labels = [text.get_text() for text in ax.get_legend().get_texts()]
    assert labels == ["fired (1)", "over cap (7)", "outranked (1)"]
    assert ax.get_xlabel() == "times"


def test_nothing_at_all_can_be_drawn() -> None:
    ax = stacked(pd.DataFrame({"fired": []}), [], None, xlabel="times")
    assert ax.get_xlim()[1] > 0
