"""Cells hold the table's numbers where there is room for them."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

from cemkit.plots.heatmap import heat_map
from cemkit.plots.style import luminance

RNG = np.random.default_rng(0)


def table(rows: int, columns: int, scale: float = 1.0) -> pd.DataFrame:
    return pd.DataFrame(RNG.random((rows, columns)) * scale)


def drawn(values: pd.DataFrame, ax: object = None) -> plt.Axes:
    return heat_map(values, "{:,.1f}".format, ax, label="what", least=0)


@pytest.mark.parametrize(("shape", "scale"), [((3, 3), 1), ((40, 12), 1), ((12, 12), 1e8)])
def test_numbers_fit_into_their_cells(shape: tuple[int, int], scale: float) -> None:
    ax = drawn(table(*shape, scale))
    ax.figure.canvas.draw()
    extent = ax.get_window_extent()
    assert len(ax.texts) == shape[0] * shape[1]
    for text in ax.texts:
        box = text.get_window_extent()
        assert box.width <= extent.width / shape[1]
        assert box.height <= 1.3 * extent.height / shape[0]


def test_crowded_cells_have_no_numbers() -> None:
    _, ax = plt.subplots(figsize=(3, 3))
    assert drawn(table(30, 30), ax) is ax
    assert not ax.texts
    assert not drawn(table(200, 200)).texts


def test_missing_cells_are_empty() -> None:
    ax = drawn(table(3, 3).mask(np.eye(3, dtype=bool)))
    assert len(ax.texts) == 6


def test_numbers_stand_out_from_their_cells() -> None:
    values = pd.DataFrame([np.linspace(0, 1, 25)])
    ax = drawn(values)
    for text, cell in zip(ax.texts, ax.images[0].to_rgba(values.to_numpy())[0], strict=True):
        one, other = luminance(to_rgb(text.get_color())), luminance(cell[:3])
        assert (max(one, other) + 0.05) / (min(one, other) + 0.05) >= 4.5


def test_a_constant_table_can_be_drawn() -> None:
    assert drawn(pd.DataFrame([[0.0, 0.0]])).texts[0].get_text() == "0.0"
