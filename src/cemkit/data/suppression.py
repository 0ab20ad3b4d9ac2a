"""suppress_small_cells: counts to publish, from which no small group can be worked out."""

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.optimize import linprog

from cemkit.arrays import Floats
from cemkit.checks import check_frame, check_integer
from cemkit.errors import DataError
from cemkit.results import Result

TOTAL = "total"
LARGEST = 2**50


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SuppressedTable(Result):
    """Counts with their totals and small cells suppressed, from `suppress_small_cells`.

    Suppressed cells are missing in `table`. `small` is the number of cells suppressed because they
    are small. `further` is the number suppressed because the small ones could otherwise be worked
    out from the totals.

    Examples:
        >>> suppress_small_cells(pd.Series({"web": 40, "app": 3, "shop": 20})).sentence()
        '1 cell below 10 is suppressed, and 1 further cell to protect it.'
    """

    k: int
    small: int
    further: int
    table: pd.DataFrame


def suppress_small_cells(table: pd.DataFrame | pd.Series, k: int = 10) -> SuppressedTable:
    """Suppress counts from 1 to k - 1, and further counts from which they could be worked out.

    Totals are added and treated as cells: a small total is suppressed, too. Then further cells are
    suppressed, the smallest first, until nobody can infer from the counts and totals shown that a
    small cell is below `k`. This assumes a reader who knows that counts are whole numbers of at
    least 0.

    Args:
        table: Counts without totals, one-way (a Series) or two-way (a DataFrame). Counts of 0 are
            shown unless they protect another cell.
        k: Smallest count to show.

    Returns:
        A `SuppressedTable`: the `table` with its totals in the row and column `"total"` (one-way:
        the row `"total"` of the column `"n"`), and the numbers of suppressed cells.

    Raises:
        DataError: A count is missing, negative or not a whole number, or two rows have the same
            name.

    References:
        Hundepool et al. (2012), Statistical Disclosure Control, chapter 4.

    Examples:
        >>> counts = pd.DataFrame({"yes": [40, 3, 20], "no": [50, 60, 70]}, index=["a", "b", "c"])
        >>> suppress_small_cells(counts).table
               yes   no  total
        a       40   50     90
        b     <NA> <NA>     63
        c     <NA> <NA>     90
        total   63  180    243
    """
    check_integer(k, "k", minimum=2)
    one_way = isinstance(table, pd.Series)
    counts = check_frame(table.to_frame("n") if isinstance(table, pd.Series) else table, "table")
    if not counts.index.is_unique:
        raise DataError("two rows of table have the same name; add them up or rename one")
    full = _with_totals(_checked(counts), one_way)
    values = full.to_numpy(dtype=np.int64)
    small = (values > 0) & (values < k)
    hidden = _protected(values, small, k)
    shown = full.astype("Int64").mask(hidden)
    return SuppressedTable(
        k=k, small=int(small.sum()), further=int((hidden & ~small).sum()), table=shown
    )


def _checked(counts: pd.DataFrame) -> pd.DataFrame:
    if TOTAL in counts.index or TOTAL in counts.columns:
        raise DataError("table has totals; leave them out, because they are added and protected")
    whole = {}
    for place, name in enumerate(counts.columns):
        column = counts.iloc[:, place]
        if not pd.api.types.is_numeric_dtype(column.dtype):
            raise DataError(
                f"counts must be numbers, but column {name!r} holds {column.dtype}; convert "
                "it first"
            )
        numbers = np.array([np.nan])
        if not pd.api.types.is_complex_dtype(column.dtype):
            numbers = column.to_numpy(dtype=np.float64, na_value=np.nan)
        if not ((numbers >= 0) & (numbers <= LARGEST) & (numbers == np.floor(numbers))).all():
            raise DataError(
                "counts must be whole numbers from 0 to 2^50, and none may be missing, but "
                f"column {name!r} has others; correct them"
            )
        whole[place] = pd.Series(numbers.astype(np.int64), index=counts.index)
    return pd.DataFrame(whole).set_axis(counts.columns, axis=1)


def _with_totals(counts: pd.DataFrame, one_way: bool) -> pd.DataFrame:
    levels = counts.index.nlevels
    total = counts.sum().to_frame(TOTAL).T
    if levels > 1:
        total.index = pd.MultiIndex.from_tuples([(TOTAL, *[""] * (levels - 1))])
    full = pd.concat([counts, total]).rename_axis(counts.index.names)
    return full if one_way else full.assign(**{TOTAL: full.sum(axis=1)})


def _protected(
    values: npt.NDArray[np.int64], small: npt.NDArray[np.bool_], k: int
) -> npt.NDArray[np.bool_]:
    """Which cells to hide: the small ones, and more until no small one can be told."""
    hidden = small.copy()
    for line in _lines(values.shape):
        _hide_partner(values, hidden, line)
    while True:
        exposed = _exposed(values, hidden, small, k)
        if exposed is None:
            return hidden
        lines = [line for line in _lines(values.shape) if exposed in line]
        open_cells = [cell for line in lines for cell in line if not hidden[cell]]
        if not open_cells:
            open_cells = [tuple(cell) for cell in np.argwhere(~hidden)]
        hidden[min(open_cells, key=lambda cell: _cost(values, cell))] = True


Cell = tuple[int, ...]


def _lines(shape: tuple[int, ...]) -> list[list[Cell]]:
    """Cells of which the last is the sum of the others."""
    rows, columns = shape
    lines: list[list[Cell]] = [[(i, j) for i in range(rows)] for j in range(columns)]
    if columns > 1:
        lines += [[(i, j) for j in range(columns)] for i in range(rows)]
    return lines


def _hide_partner(
    values: npt.NDArray[np.int64], hidden: npt.NDArray[np.bool_], line: list[Cell]
) -> None:
    open_cells = [cell for cell in line if not hidden[cell]]
    if len(line) - len(open_cells) == 1 and open_cells:
        hidden[min(open_cells, key=lambda cell: _cost(values, cell))] = True


def _cost(values: npt.NDArray[np.int64], cell: Cell) -> tuple[bool, int]:
    # A zero protects badly: it is often known to be one.
    return (values[cell] == 0, int(values[cell]))


def _exposed(
    values: npt.NDArray[np.int64],
    hidden: npt.NDArray[np.bool_],
    small: npt.NDArray[np.bool_],
    k: int,
) -> Cell | None:
    """A small cell whose value the shown cells fix, or bound below k; None where all are safe."""
    cells: list[Cell] = [tuple(int(i) for i in cell) for cell in np.argwhere(hidden)]
    equations, shown = _equations(values, hidden, cells)
    for number, cell in enumerate(cells):
        if not small[cell]:
            continue
        goal = np.zeros(len(cells))
        goal[number] = 1.0
        least, most = (
            linprog(sign * goal, A_eq=equations, b_eq=shown, bounds=(0, None)) for sign in (1, -1)
        )
        highest = np.inf if most.status == 3 else -most.fun
        if highest < k - 0.5 or highest - least.fun < 0.5:
            return cell
    return None


def _equations(
    values: npt.NDArray[np.int64], hidden: npt.NDArray[np.bool_], cells: list[Cell]
) -> tuple[Floats, Floats]:
    position = {cell: number for number, cell in enumerate(cells)}
    lines = [line for line in _lines(values.shape) if any(hidden[cell] for cell in line)]
    equations, shown = np.zeros((len(lines), len(cells))), np.zeros(len(lines))
    for row, line in enumerate(lines):
        for cell in line:
            sign = -1.0 if cell == line[-1] else 1.0
            if hidden[cell]:
                equations[row, position[cell]] = sign
            else:
                shown[row] -= sign * values[cell]
    return equations, shown
