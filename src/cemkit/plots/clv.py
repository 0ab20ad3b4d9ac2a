"""Pictures of purchase models and lifetime value."""

from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import (
    check_columns,
    check_flag,
    check_frame,
    check_integer,
    check_positive,
    finite_values,
)
from cemkit.clv.given import check_model
from cemkit.clv.purchase_model import PurchaseModel
from cemkit.errors import MissingDependencyError

try:
    import matplotlib.pyplot as plt
    from matplotlib.ticker import PercentFormatter
except ImportError as error:
    raise MissingDependencyError("matplotlib") from error

Axes = Any

MOST_COUNTS = 1_000  # rows of a matrix that can be told apart
ACTUAL, EXPECTED, PALE = "#444444", "#0b6e99", "#9ecae1"


def calibration(table: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """Actual and expected purchases in the hold-out, by how often customers had bought before.

    Args:
        table: Of `purchase_calibration`.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on.

    Examples:
        >>> table = pd.DataFrame(
        ...     {"n_customers": [90, 10], "actual": [0.2, 0.7], "expected": [0.3, 0.6]},
        ...     index=pd.Index([0, 1], name="repeat_count"),
        ... )
        >>> [line.get_label() for line in calibration(table).lines]
        ['actual', 'expected']
    """
    check_columns(check_frame(table, "table").columns, ["n_customers", "actual", "expected"])
    table = _numbers(table, ["actual", "expected"])
    ax = _axes(ax)
    counts = table.index.to_numpy()
    ax.plot(counts, table["actual"], "o-", color=ACTUAL, label="actual")
    ax.plot(counts, table["expected"], "o--", color=EXPECTED, label="expected")
    labels = [f"{count}" for count in counts[:-1]] + [f"{counts[-1]}+"]
    ax.set_xticks(counts, labels)
    ax.set(xlabel="repeat purchases before", ylabel="mean purchases in the hold-out")
    ax.set_ylim(bottom=0)
    ax.set_title("Expected and actual purchases")
    ax.legend(frameon=False)
    return ax


def alive_matrix(
    model: PurchaseModel, tenure_days: float, max_count: int = 20, ax: Axes | None = None
) -> Axes:
    """P(alive) by repeat purchases and days of silence, at a given tenure.

    Args:
        model: Fitted.
        tenure_days: Days since the first purchase.
        max_count: The most repeat purchases to show.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on; its first image holds the probabilities.

    Examples:
        >>> from cemkit import BetaGeoModel
        >>> model = BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43)
        >>> alive_matrix(model, tenure_days=365).get_xlabel()
        'days since the last purchase'
    """
    grid = _grid(check_model(model), tenure_days, max_count)
    values = model.alive_probability(grid).to_numpy().reshape(max_count, -1)
    return _matrix(values, tenure_days, "P(alive)", (0.0, 1.0), ax)


def purchases_matrix(
    model: PurchaseModel,
    tenure_days: float,
    horizon_days: float,
    max_count: int = 20,
    ax: Axes | None = None,
) -> Axes:
    """Expected purchases by repeat purchases and days of silence, at a given tenure.

    Args:
        model: Fitted.
        tenure_days: Days since the first purchase.
        horizon_days: How far ahead.
        max_count: The most repeat purchases to show.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on; its first image holds the expected purchases.

    Examples:
        >>> from cemkit import BetaGeoModel
        >>> model = BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43)
        >>> purchases_matrix(model, tenure_days=365, horizon_days=90).get_title()
        'Expected purchases in 90 days'
    """
    grid = _grid(check_model(model), tenure_days, max_count)
    values = model.expected_purchases(grid, horizon_days).to_numpy().reshape(max_count, -1)
    title = f"Expected purchases in {horizon_days:g} days"
    return _matrix(values, tenure_days, title, (0.0, None), ax)


def tracking(table: pd.DataFrame, cumulative: bool = True, ax: Axes | None = None) -> Axes:
    """Actual and expected repeat purchases of a cohort, period by period.

    Args:
        table: Of `purchase_tracking`.
        cumulative: Running totals, or each period's purchases.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on.

    Examples:
        >>> table = pd.DataFrame(
        ...     {"actual": [3, 2], "expected": [2.5, 2.2], "fitted": [True, False]},
        ...     index=pd.Index([7, 14], name="day"),
        ... )
        >>> tracking(table).lines[0].get_ydata().tolist()
        [3.0, 5.0]
    """
    check_columns(check_frame(table, "table").columns, ["actual", "expected", "fitted"])
    table = _numbers(table, ["actual", "expected", "fitted"])
    ax = _axes(ax)
    shown = (
        table[["actual", "expected"]].cumsum() if check_flag(cumulative, "cumulative") else table
    )
    ax.plot(table.index, shown["actual"], color=ACTUAL, label="actual")
    ax.plot(table.index, shown["expected"], "--", color=EXPECTED, label="expected")
    if table["fitted"].nunique() == 2:
        last = table.index[table["fitted"].to_numpy() > 0].max()
        ax.axvline(last, color=PALE, linewidth=1)
        ax.annotate("hold-out", (last, ax.get_ylim()[0]), xytext=(4, 4), textcoords="offset points")
    ax.set(xlabel="days since the first day", ylabel="repeat purchases")
    length = table.index[0]  # the last day of the first period
    period = "week" if length == 7 else f"{length} days"
    ax.set_title("Cumulative repeat purchases" if cumulative else f"Repeat purchases per {period}")
    ax.legend(frameon=False)
    return ax


def value_distribution(clv: pd.Series, ax: Axes | None = None) -> Axes:
    """Lorenz curve of lifetime value: what share of it the most valuable customers hold.

    Args:
        clv: One value of 0 or more per customer.
        ax: Where to draw; a new figure by default.

    Returns:
        The axes drawn on; its first line is the curve.

    Raises:
        DataError: A value is missing or infinite.
        ValueError: All values are 0, or one is negative.

    Examples:
        >>> value_distribution(pd.Series([1.0, 3.0])).lines[0].get_ydata()
        array([0.  , 0.75, 1.  ])
    """
    if not isinstance(clv, pd.Series):
        raise TypeError(f"clv must be a Series of values, not {type(clv).__name__}")
    values = np.sort(finite_values(clv, "clv"))[::-1]
    if values.sum() <= 0 or values[-1] < 0:
        raise ValueError("clv must be 0 or more, and not all 0, to be shared out")
    ax = _axes(ax)
    customers = np.linspace(0, 1, len(values) + 1)
    share = np.append(0.0, np.cumsum(values) / values.sum())
    ax.plot(customers, share, color=EXPECTED, label="customers by value")
    ax.plot([0, 1], [0, 1], color=ACTUAL, linewidth=0.8, linestyle=":", label="all alike")
    top = float(np.interp(0.2, customers, share))
    ax.plot([0.2], [top], "o", color=EXPECTED)
    ax.annotate(
        f"the top 20% hold {top:.0%}", (0.2, top), xytext=(8, -12), textcoords="offset points"
    )
    ax.xaxis.set_major_formatter(PercentFormatter(1))
    ax.yaxis.set_major_formatter(PercentFormatter(1))
    ax.set(xlabel="customers, most valuable first", ylabel="share of lifetime value")
    ax.set(xlim=(0, 1), ylim=(0, 1.02))
    ax.set_title("How lifetime value is shared")
    ax.legend(frameon=False, loc="lower right")
    return ax


def _numbers(table: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    """The columns as finite floats, on an index of numbers."""
    if table.index.nlevels > 1:
        raise ValueError(f"the index must hold days, and has {table.index.nlevels} levels")
    places = pd.Series(table.index)
    index: pd.Index[Any] = pd.Index(finite_values(places, "the index"), name=table.index.name)
    if pd.api.types.is_integer_dtype(places.dtype):
        index = index.astype("int64")
    return pd.DataFrame({name: finite_values(table[name], name) for name in columns}, index=index)


def _axes(ax: Axes | None) -> Axes:
    return plt.figure(layout="constrained").add_subplot() if ax is None else ax


def _grid(model: PurchaseModel, tenure_days: float, max_count: int) -> pd.DataFrame:
    """Every pair of 1 to max_count repeat purchases and 60 lengths of silence."""
    model._check_no_covariates("a matrix")
    tenure = check_positive(tenure_days, "tenure_days")
    largest = check_integer(max_count, "max_count", minimum=1, maximum=MOST_COUNTS)
    silence = (np.arange(60) + 0.5) / 60 * tenure
    count = np.arange(1, largest + 1)
    return pd.DataFrame(
        {
            "repeat_count": np.repeat(count, len(silence)),
            "recency_days": np.tile(silence, largest),
            "tenure_days": tenure,
        }
    )


def _matrix(
    values: npt.NDArray[np.float64],
    tenure_days: float,
    title: str,
    limits: tuple[float, float | None],
    ax: Axes | None,
) -> Axes:
    ax = _axes(ax)
    image = ax.imshow(
        values,
        origin="lower",
        aspect="auto",
        cmap="viridis",
        extent=(0, tenure_days, 0.5, len(values) + 0.5),
        vmin=limits[0],
        vmax=limits[1],
    )
    ax.figure.colorbar(image, ax=ax)
    ax.yaxis.get_major_locator().set_params(integer=True)
    ax.set(xlabel="days since the last purchase", ylabel="repeat purchases", title=title)
    return ax
