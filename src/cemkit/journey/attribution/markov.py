"""The Markov chain of paths: its removal effects, solved exactly, and their standard errors.

A state is the last `order` channels. Without a channel, every move to a state that ends in it leads
to no conversion; the removal effect is the share of the chance to convert that is lost.

References:
    Anderl, Becker, von Wangenheim, Schumann (2016), Mapping the customer journey: lessons learned
        from graph-based online attribution modeling, International Journal of Research in
        Marketing 33.
"""

import dataclasses
import math

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import splu

from cemkit.arrays import Floats
from cemkit.journey.attribution.sequences import Integers, Sequences

HIGHEST_ORDER = 6
SWEEPS = 500  # of the series, before the equations are solved by elimination
CLOSE = 1e-15
LARGEST_CODE = 2**62


@dataclasses.dataclass(frozen=True, slots=True)
class Chain:
    """Moves between states; the first state is the start of every path."""

    moves: sparse.csr_array  # counts, state by state
    converted: Floats  # moves from each state to the conversion
    total: Floats  # moves out of each state
    last: Integers  # the last channel of each state; -1 at the start
    channels: int
    source: Integers  # of each distinct move: its state,
    target: Integers  # and the next one; the number of states: a conversion, one more: none
    of_path: sparse.csr_array  # how often each path makes each move but its last
    end: Integers  # the last state of each path

    @property
    def kept(self) -> Floats:
        """Whether a state stays: for the whole chain, and without each channel."""
        columns = np.arange(-1, self.channels)
        return np.asarray((self.last[:, None] != columns) | (columns == -1), dtype=np.float64)


def make_chain(
    paths: Sequences, conversions: Floats, nulls: Floats, channels: int, order: int
) -> Chain:
    """The chain of a given order that fits the paths best."""
    codes = _state_codes(paths, channels, order)
    distinct, states = np.unique(np.append(0, codes), return_inverse=True)
    states = states.ravel()[1:]
    size, begins = len(distinct), paths.starts[:-1]
    before = np.roll(states, 1)
    before[begins] = 0
    weight = np.repeat(conversions + nulls, paths.lengths)
    pairs, move = np.unique(before * size + states, return_inverse=True)
    counts = np.bincount(move.ravel(), weight)
    source, target = np.divmod(pairs, size)
    end = states[paths.starts[1:] - 1]
    moves = sparse.csr_array((counts, (source, target)), shape=(size, size))
    converted: Floats = np.bincount(end, conversions, size).astype(np.float64)
    out = np.bincount(source, counts, size) + np.bincount(end, nulls, size)
    total: Floats = (converted + out).astype(np.float64)
    made = sparse.csr_array(
        (np.ones(len(states)), (paths.owners, move.ravel())), shape=(len(paths), len(pairs))
    )
    last = np.where(distinct > 0, distinct % (channels + 1) - 1, -1)
    return Chain(moves, converted, total, last, channels, source, target, made, end)


def conversion_chances(chain: Chain) -> Floats:
    """The chance to convert from each state: of the whole chain, and without each channel."""
    onward = _scaled(chain.moves, 1 / chain.total)
    gain = np.repeat((chain.converted / chain.total)[:, None], chain.channels + 1, axis=1)
    return _solved(onward, gain, chain.kept)


def expected_visits(chain: Chain) -> Floats:
    """How often a path is expected in each state: of the whole chain, and without each channel."""
    onward = _scaled(chain.moves, 1 / chain.total)
    begin = np.zeros((len(chain.total), chain.channels + 1))
    begin[0] = 1.0
    return _solved(onward.T.tocsr(), begin, chain.kept)


def path_influences(chain: Chain, chances: Floats, combined: Floats) -> tuple[Floats, Floats]:
    """What one more path that converts, or does not, moves `chances[0] @ combined`.

    It is the derivative by the counts: for each move, visits / total * (chance after - before).
    """
    rate = expected_visits(chain) / chain.total[:, None]
    by_move = rate[chain.source] * (chances[chain.target] - chances[chain.source])
    before_the_end = chain.of_path @ (by_move @ combined)
    converting, null = (rate * (1 - chances)) @ combined, (-rate * chances) @ combined
    return before_the_end + converting[chain.end], before_the_end + null[chain.end]


def chain_fit(chain: Chain) -> dict[str, float]:
    """The size of a chain, and how closely it fits the paths that it was made from."""
    ended = chain.total - np.asarray(chain.moves.sum(axis=1)).ravel()
    counts = [chain.moves.data, chain.converted, ended - chain.converted]
    states, paths = len(chain.total), float(chain.total[0])
    parameters = sum(int((count > 0).sum()) for count in counts) - states
    log_likelihood = sum(map(_log_terms, counts)) - _log_terms(chain.total)
    return {
        "states": states,
        "parameters": parameters,
        "log_likelihood": log_likelihood,
        "bic": parameters * math.log(paths) - 2 * log_likelihood,
    }


def _log_terms(counts: Floats) -> float:
    some = counts[counts > 0]
    return float(some @ np.log(some))


def _scaled(matrix: sparse.csr_array, factors: Floats) -> sparse.csr_array:
    """A matrix with each row times its factor."""
    return sparse.csr_array(matrix.multiply(factors[:, None]))


def _solved(onward: sparse.csr_array, given: Floats, kept: Floats) -> Floats:
    """Solve x = given + onward x for each column, without the states that it does not keep."""
    given = given * kept
    found, step = given, given
    for _ in range(SWEEPS):
        step = (onward @ step) * kept
        found = found + step
        if np.abs(step).max() <= CLOSE * np.abs(found).max():
            return np.asarray(found)
    return _eliminated(onward, given, kept)


def _eliminated(onward: sparse.csr_array, given: Floats, kept: Floats) -> Floats:
    """The same by elimination, for chains in which paths stay very long."""
    size = len(given)
    found = np.empty_like(given)
    for column in range(given.shape[1]):
        stays = kept[:, column]
        inside = _scaled(_scaled(onward, stays).T.tocsr(), stays).T
        equations = sparse.csr_array(sparse.eye(size)) - inside
        found[:, column] = splu(equations.tocsc()).solve(given[:, column])
    return found


def _state_codes(paths: Sequences, channels: int, order: int) -> Integers:
    """The last `order` channels at each touch as one number; the last is its lowest digit."""
    base = channels + 1
    if base**order > LARGEST_CODE:
        raise ValueError(f"order={order} has too many states for {channels} channels; lower it")
    places, codes = paths.places, np.zeros(len(paths.codes), np.int64)
    for back in range(order):
        earlier = np.roll(paths.codes, back) + 1
        codes += np.where(places >= back, earlier, 0) * base**back
    return codes
