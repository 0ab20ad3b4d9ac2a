"""The products of the highest scores for each customer, from dense or sparse scores."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import sparse

Scores = npt.NDArray[np.float32]
Steps = npt.NDArray[np.int32]
Places = npt.NDArray[np.intp]

KEY_STEP = 2**31  # from one score to the next; more than there are products
TIED = 16  # units in the last place of a score, which its sum does not know


def best(
    scores: Scores | sparse.csr_array, k: int, seen: sparse.csr_array | None
) -> tuple[Places, Scores]:
    """The k best columns of each row but the seen ones, and their scores, best first.

    Equal scores are in the order of the columns. Where a row has fewer than k scores above 0, the
    scores of the rest are not above 0.
    """
    if sparse.issparse(scores):
        return _best_of_sparse(scores, k, seen)
    if seen is not None:
        place = seen.tocoo()
        scores[place.row, place.col] = -1.0
    return _best_of_dense(scores, k)


def _best_of_dense(scores: Scores, k: int) -> tuple[Places, Scores]:
    steps = _steps(scores)
    top = _top(steps, k)
    order = np.argsort(_keys(np.take_along_axis(steps, top, axis=1), top), axis=1)
    top = np.take_along_axis(top, order, axis=1)
    return top, _falling(np.take_along_axis(scores, top, axis=1))


def _best_of_sparse(
    scores: sparse.csr_array, k: int, seen: sparse.csr_array | None
) -> tuple[Places, Scores]:
    """The same from the stored scores alone, few of which are sorted."""
    rows, columns = scores.shape
    steps = _steps(scores.data)
    seen_of = np.zeros(rows, np.intp) if seen is None else np.diff(seen.indptr)
    place = np.concatenate([*_high(steps, scores.indptr, k + seen_of), np.empty(0, np.intp)])
    row = np.searchsorted(scores.indptr, place, "right") - 1
    column = scores.indices[place].astype(np.intp)
    if seen is not None:
        bought = np.repeat(np.arange(rows), seen_of) * columns + seen.indices
        new = ~np.isin(row * columns + column, bought)
        place, row, column = place[new], row[new], column[new]
    order = np.lexsort((column, -steps[place], row))
    row, column, place = row[order], column[order], place[order]
    rank = np.arange(len(row)) - np.searchsorted(row, row)
    top, score = np.zeros((rows, k), np.intp), np.zeros((rows, k), np.float32)
    chosen = rank < k
    top[row[chosen], rank[chosen]] = column[chosen]
    score[row[chosen], rank[chosen]] = scores.data[place[chosen]]
    return top, _falling(score)


def _high(steps: Steps, ends: Places, wanted: Places) -> Iterator[Places]:
    """Where the wanted number of highest steps of each row are, with all that tie with the last."""
    for start, end, count in zip(ends, ends[1:], wanted, strict=False):
        of_row = steps[start:end]
        if len(of_row) > count:
            last = np.partition(of_row, -count)[-count]
            yield start + np.flatnonzero(of_row >= last)
        else:
            yield np.arange(start, end)


def _steps(scores: Scores) -> Steps:
    """Scores as whole numbers, the same for scores that differ by rounding."""
    return (np.ascontiguousarray(scores).view(np.int32) + TIED // 2) // TIED


def _falling(scores: Scores) -> Scores:
    """Equal scores are shown as one, so that scores fall from rank to rank."""
    return np.minimum.accumulate(scores, axis=1)


def _top(steps: Steps, k: int) -> Places:
    """The k best columns of each row in any order; of those tied at the end, the first ones."""
    columns = np.arange(steps.shape[1])
    if k >= len(columns):
        return np.broadcast_to(columns, steps.shape)
    top = np.argpartition(-steps, k - 1, axis=1)[:, :k]
    last = np.take_along_axis(steps, top, axis=1).min(axis=1, keepdims=True)
    tied = (last[:, 0] > 0) & (np.count_nonzero(steps >= last, axis=1) > k)
    if tied.any():  # a partition chooses among equals as it likes
        top[tied] = np.argpartition(_keys(steps[tied], columns), k - 1, axis=1)[:, :k]
    return top


def _keys(steps: Steps, columns: Places) -> npt.NDArray[np.int64]:
    """Lowest for the best, and different for every column of a row."""
    return columns - steps.astype(np.int64) * KEY_STEP
