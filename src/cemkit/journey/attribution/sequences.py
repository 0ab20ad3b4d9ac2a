"""Paths of touches as flat arrays, and the distinct ones among them."""

import dataclasses
import itertools

import numpy as np
import numpy.typing as npt

Integers = npt.NDArray[np.int64]
WIDEST = 62  # bits of a path that is packed into one number


@dataclasses.dataclass(frozen=True, slots=True)
class Sequences:
    """Sequences of channel numbers one after the other, and where each begins."""

    codes: Integers
    starts: Integers  # one more than there are sequences; the last is the length of `codes`

    def __len__(self) -> int:
        """How many sequences there are."""
        return len(self.starts) - 1

    @property
    def lengths(self) -> Integers:
        """How many touches each sequence has."""
        lengths: Integers = np.diff(self.starts)
        return lengths

    @property
    def owners(self) -> Integers:
        """The sequence that each touch belongs to."""
        owners: Integers = np.repeat(np.arange(len(self)), self.lengths)
        return owners

    @property
    def places(self) -> Integers:
        """The place of each touch in its sequence, from 0."""
        places: Integers = np.arange(len(self.codes)) - np.repeat(self.starts[:-1], self.lengths)
        return places

    def followed_by(self, lengths_of_none: Integers) -> "Sequences":
        """The sequences, and after them as many empty ones as there are numbers given."""
        return Sequences(self.codes, np.append(self.starts, self.starts[-1] + lengths_of_none))

    def take(self, wanted: Integers) -> "Sequences":
        """Some of the sequences, in the order wanted."""
        lengths = self.lengths[wanted]
        starts = np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64)
        within = np.arange(starts[-1]) - np.repeat(starts[:-1], lengths)
        return Sequences(self.codes[np.repeat(self.starts[wanted], lengths) + within], starts)


def sequences_of(codes: Integers, lengths: Integers) -> Sequences:
    """Sequences of these lengths, one after the other."""
    return Sequences(codes, np.concatenate([[0], np.cumsum(lengths)]).astype(np.int64))


def distinct_sequences(paths: Sequences, channels: int) -> tuple[Sequences, Integers]:
    """The distinct sequences, by length and then by channel, and the number of each path's own."""
    number, first, found = np.empty(len(paths), np.int64), [np.empty(0, np.int64)], 0
    lengths = paths.lengths
    order = np.argsort(lengths, kind="stable")
    bounds = np.flatnonzero(np.diff(lengths[order], prepend=-1, append=-1))
    for start, end in itertools.pairwise(bounds):
        group = order[start:end]
        key = _keys(paths, group, int(lengths[group[0]]), channels)
        _, firsts, inverse = np.unique(key, return_index=True, return_inverse=True)
        number[group] = found + inverse.ravel()
        first.append(group[firsts])
        found += len(firsts)
    return paths.take(np.concatenate(first)), number


def _keys(paths: Sequences, group: Integers, length: int, channels: int) -> npt.NDArray[np.generic]:
    """One key for each of the paths of one length, in the order of their channels."""
    codes = paths.codes[paths.starts[group][:, None] + np.arange(length)]
    bits = max(channels - 1, 1).bit_length()
    if length * bits <= WIDEST:
        shifts = bits * np.arange(length - 1, -1, -1, dtype=np.int64)
        packed: npt.NDArray[np.generic] = (codes << shifts).sum(axis=1)
        return packed
    # Numbers with their highest byte first sort as bytes in the order of the numbers.
    return np.ascontiguousarray(codes.astype(">u4")).view(f"S{4 * length}").ravel()
