"""attribute_conversions: credit for conversions by several methods, with its uncertainty."""

import dataclasses
from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import sparse

from cemkit.arrays import Floats
from cemkit.checks import (
    check_choice,
    check_fraction,
    check_integer,
    check_list,
    check_number,
    check_positive,
)
from cemkit.checks.options import check_kind
from cemkit.errors import DataError
from cemkit.journey.attribution import rules
from cemkit.journey.attribution.markov import (
    HIGHEST_ORDER,
    chain_fit,
    conversion_chances,
    make_chain,
    path_influences,
)
from cemkit.journey.attribution.paths import ConversionPaths
from cemkit.journey.attribution.sequences import Sequences
from cemkit.proportions.intervals import critical_value, rate_bounds
from cemkit.results import Result

Method = Literal["first", "last", "linear", "decay", "position", "shapley", "markov"]
METHODS: tuple[Method, ...] = (
    *("first", "last", "linear", "decay", "position", "shapley", "markov"),
)
UNTOUCHED = "(none)"
NOTE = (
    "Credit is a rule about who came before a conversion, not an effect; an experiment that "
    "withholds a channel measures its effect (compare_variants)."
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Attribution(Result):
    """Credit of channels for conversions, from `attribute_conversions`.

    Attributes:
        conversions: Number of conversions, to which the credits of each method add up.
        untouched: Number of conversions without a touch, whose credit goes to `"(none)"`.
        paths: Number of converting and null paths.
        null_paths: Number of paths without a conversion.
        open_paths: Number of paths left out because they may still convert.
        conversion_rate: Converting paths divided by paths. It equals the conversion probability of
            the Markov chain.
        order: Order of the Markov chain: the number of channels in a state.
        bic: Bayesian information criterion of the Markov chain, or None without `"markov"`; of two
            orders on the same paths, the one with the smaller BIC fits better for its parameters.
        confidence_level: Confidence level of the intervals, as a fraction.
        table: One row per method and channel: `method, channel, conversions` (the credit, with
            `lower, upper`), `share` of all conversions (with `share_lower, share_upper`),
            `removal_effect` (Markov alone), `amount`.

    Examples:
        >>> counted = pd.DataFrame(
        ...     {"path": ["ad>mail", "ad", "mail"], "conversions": [4, 2, 0], "nulls": [2, 6, 6]}
        ... )
        >>> credit = attribute_conversions(ConversionPaths.from_table(counted))
        >>> credit.wide().loc["ad", ["first", "last", "linear"]].to_dict()
        {'first': 6.0, 'last': 2.0, 'linear': 4.0}
    """

    _pictures = ("journey.attribution",)

    conversions: int
    untouched: int
    paths: int
    null_paths: int
    open_paths: int
    conversion_rate: float
    order: int
    bic: float | None
    confidence_level: float
    table: pd.DataFrame

    @property
    def note(self) -> str:
        """Note that credit is not an effect, and how to measure an effect."""
        return NOTE

    def wide(self, column: str = "conversions") -> pd.DataFrame:
        """Return one row per channel and one column per method.

        Args:
            column: Column of the table to show: `conversions, lower, upper, share, share_lower,
                share_upper` or `amount`.
        """
        methods = self.table["method"].unique()
        wide = self.table.pivot(index="channel", columns="method", values=column)
        return wide[list(methods)].rename_axis(columns=None)

    def leading(self) -> tuple[Any, pd.Series]:
        """Return the channel with the most credit on average over methods, and its shares."""
        shares = self.wide("share").drop(index=UNTOUCHED, errors="ignore")
        place = int(shares.mean(axis=1).to_numpy().argmax())
        return shares.index[place], shares.iloc[place]


def attribute_conversions(
    paths: ConversionPaths,
    methods: Sequence[Method] = METHODS,
    *,
    order: int = 1,
    half_life_days: float = 7.0,
    position_shares: tuple[float, float] = (0.4, 0.4),
    confidence_level: float = 0.95,
) -> Attribution:
    """Divide the credit for conversions among the touches before them.

    Attribution is not an effect: credit only follows a rule about preceding touches. To measure the
    effect of a channel, withhold it in an experiment (`compare_variants`).

    - `"first"`, `"last"`: all credit to the first or the last touch.
    - `"linear"`: the same credit to every touch.
    - `"decay"`: half the credit for each `half_life_days` before the conversion; where the paths
      have no times, for each step before it.
    - `"position"`: `position_shares` to the first and the last touch, the rest evenly between.
    - `"shapley"`: the Shapley value of the game in which a coalition of channels earns the
      conversions of the paths inside it: each conversion evenly among its distinct channels.
    - `"markov"`: in proportion to removal effects, 1 - P(conversion without the channel) /
      P(conversion), in the Markov chain of the paths.

    Args:
        paths: Paths from `conversion_paths` or `ConversionPaths.from_table`.
        methods: Names of the methods to compute.
        order: Order of the Markov chain: the number of last channels in a state. `chain_orders`
            compares orders.
        half_life_days: Half-life of the credit under `"decay"`, in days.
        position_shares: Shares of the first and the last touch under `"position"`; a path of two
            touches divides them in this proportion.
        confidence_level: Confidence level of the intervals, as a fraction. The unit is the
            customer, or the path if customers are unknown. They are Wilson intervals with the
            effective number of trials implied by the variance of the credit.

    Returns:
        An `Attribution`. The credits of each method sum to the conversions and are never negative;
        they are the same on each run, whatever the order of the events.

    Raises:
        DataError: There is no conversion with a touch.
        ValueError: A method is unknown, or an option lies outside its range.

    References:
        Zhao, Mahboobi-Ardakani, Bagheri (2018), Shapley value methods for attribution modeling in
            online advertising. Anderl, Becker, von Wangenheim, Schumann (2016), Mapping the
            customer journey, International Journal of Research in Marketing 33.

    Examples:
        >>> counted = pd.DataFrame(
        ...     {
        ...         "path": ["c1>c2>c3", "c1", "c2>c3"],
        ...         "conversions": [1, 0, 0],
        ...         "nulls": [0, 1, 1],
        ...     }
        ... )
        >>> credit = attribute_conversions(ConversionPaths.from_table(counted), ["markov"])
        >>> credit.table[["channel", "conversions", "removal_effect"]]
          channel  conversions  removal_effect
        0      c1          0.2             0.5
        1      c2          0.4             1.0
        2      c3          0.4             1.0
    """
    check_kind(paths, ConversionPaths, "paths")
    chosen = [check_choice(method, "methods", METHODS) for method in check_list(methods, "methods")]
    if not chosen:
        raise ValueError("methods is empty; give at least one, such as 'markov'")
    check_integer(order, "order", minimum=1, maximum=HIGHEST_ORDER)
    check_positive(half_life_days, "half_life_days")
    shares = _check_shares(position_shares)
    check_fraction(confidence_level, "confidence_level")
    if paths.conversions == paths.untouched:
        raise DataError(
            "no conversion has a touch before it; choose longer lookback_days or other touches"
        )
    sample = _Sample(paths)
    options = _Options(order, half_life_days, shares)
    given = {method: _given(method, paths, sample, options) for method in chosen}
    return Attribution(
        conversions=paths.conversions,
        untouched=paths.untouched,
        paths=paths.paths,
        null_paths=paths.null_paths,
        open_paths=paths.open_paths,
        conversion_rate=(paths.paths - paths.null_paths) / paths.paths,
        order=order,
        bic=next((found.bic for found in given.values() if found.bic is not None), None),
        confidence_level=confidence_level,
        table=pd.concat(
            [
                _rows(method, found, paths, sample, confidence_level)
                for method, found in given.items()
            ],
            ignore_index=True,
        ),
    )


@dataclasses.dataclass(frozen=True, slots=True)
class _Options:
    """What the methods are asked for."""

    order: int
    half_life_days: float
    position_shares: tuple[float, float]


@dataclasses.dataclass(frozen=True, slots=True)
class _Given:
    """Credit of each channel, and how much of it each row of the sample gives."""

    credit: Floats
    by_row: sparse.csr_array | Floats
    amount: Floats
    removal_effect: Floats
    bic: float | None = None


class _Sample:
    """The paths as a sample of customers, or of paths where customers are unknown.

    A row is a customer, or all converting or all null paths of one kind.
    """

    def __init__(self, paths: ConversionPaths) -> None:
        self.sequences = paths.sequences
        self.amount = paths.table["amount"].to_numpy()
        self.counts = paths.table[["conversions", "nulls"]].to_numpy(np.float64)
        self.size = float(self.counts.sum())
        observed = paths.observed
        self.known = paths.customers is not None
        self.row, _ = pd.factorize(observed["customer"].to_numpy(), sort=True)
        if self.known:
            shape = (int(self.row.max()) + 1, len(paths.table))
            place = (self.row, observed["path_number"].to_numpy())
            converted = observed["converted"].to_numpy(np.float64)
            self.converting = sparse.csr_array((converted, place), shape=shape)
            self.null = sparse.csr_array((1 - converted, place), shape=shape)
            self.conversions = np.bincount(self.row, converted)
            self.weight = np.ones(shape[0])
        else:
            self.conversions = np.repeat([1.0, 0.0], len(paths.table))
            self.weight = self.counts.T.ravel()
        self.units = float(self.weight.sum())
        self.converting_units = float(self.weight @ (self.conversions > 0))

    def by_row(self, converting: Any, null: Any = None) -> Any:
        """What each row gives, from what a converting and a null path of each kind give."""
        if self.known:
            given = self.converting @ converting
            return given if null is None else given + self.null @ null
        stack = sparse.vstack if sparse.issparse(converting) else np.vstack
        return stack([converting, converting * 0.0 if null is None else null])

    def errors(self, by_row: Any) -> tuple[Floats, Floats]:
        """Standard errors of the credits, and of their shares of all conversions."""
        total, conversions = self.weight @ by_row, self.weight @ self.conversions
        share = total / conversions
        squares = self.weight @ (by_row.multiply(by_row) if sparse.issparse(by_row) else by_row**2)
        products = (self.weight * self.conversions) @ by_row
        own = self.weight @ self.conversions**2
        of_total = squares - total**2 / self.units
        of_share = (squares - 2 * share * products + share**2 * own) / conversions**2
        more = self.units / max(self.units - 1, 1)
        return (
            np.sqrt(np.maximum(of_total, 0.0) * more),  # rounding
            np.sqrt(np.maximum(of_share, 0.0) * more),
        )


def _given(method: str, paths: ConversionPaths, sample: _Sample, options: _Options) -> _Given:
    size = len(paths.channels)
    if method == "markov":
        return _by_chain(sample, size, options.order)
    if method == "decay" and len(paths.touches):
        return _decayed(paths, sample, options.half_life_days)
    weights = _weights(method, sample.sequences, options.position_shares)
    credit = rules.credit_matrix(weights, sample.sequences, size)
    return _Given(
        sample.counts[:, 0] @ credit,
        sample.by_row(credit),
        sample.amount @ credit,
        np.full(size, np.nan),
    )


def _weights(method: str, sequences: Sequences, shares: tuple[float, float]) -> Floats:
    if method == "position":
        return rules.position(sequences, shares)
    rule = {
        "first": rules.first,
        "last": rules.last,
        "linear": rules.linear,
        "decay": rules.decay_by_place,
        "shapley": rules.shapley,
    }[method]
    return rule(sequences)


def _decayed(paths: ConversionPaths, sample: _Sample, half_life_days: float) -> _Given:
    """Credit by the age of the touches, which the kind of path does not say."""
    size = len(paths.channels)
    own, channel = (paths.touches[f"{name}_number"].to_numpy() for name in ("observed", "channel"))
    weights = rules.decay_by_time(paths.touches["days_before"].to_numpy(), own, half_life_days)
    by_row = sparse.csr_array(
        (weights, (sample.row[own], channel)), shape=(len(sample.weight), size)
    )
    amount = paths.observed["amount"].to_numpy()[own]
    return _Given(
        np.asarray(np.bincount(channel, weights, size), np.float64),
        by_row,
        np.asarray(np.bincount(channel, weights * amount, size), np.float64),
        np.full(size, np.nan),
    )


def _by_chain(sample: _Sample, size: int, order: int) -> _Given:
    """Credit in proportion to removal effects; paths without a touch are no part of the chain."""
    touched = np.flatnonzero(sample.sequences.lengths > 0)
    conversions, nulls = sample.counts[touched].T
    chain = make_chain(sample.sequences.take(touched), conversions, nulls, size, order)
    chances = conversion_chances(chain)
    whole, without = chances[0, 0], chances[0, 1:]
    removal = np.maximum(1 - without / whole, 0.0)  # rounding
    share = removal / removal.sum()
    by_share = _shares_by_chances(whole, without, share, removal.sum())
    moved = [np.zeros((len(sample.sequences), size)) for _ in range(2)]
    moved[0][touched] = share
    for of_kind, influence in zip(moved, path_influences(chain, chances, by_share), strict=True):
        of_kind[touched] += conversions.sum() * influence
    credit = conversions.sum() * share
    amount = sample.amount[touched].sum()
    return _Given(credit, sample.by_row(*moved), amount * share, removal, chain_fit(chain)["bic"])


def _shares_by_chances(whole: float, without: Floats, share: Floats, total: float) -> Floats:
    """The derivative of each share of the removal effects, a column, by each chance, a row."""
    removal = np.vstack([without / whole**2, -np.eye(len(without)) / whole])
    return np.asarray((removal - removal.sum(axis=1, keepdims=True) * share) / total)


def _rows(
    method: str, found: _Given, paths: ConversionPaths, sample: _Sample, confidence_level: float
) -> pd.DataFrame:
    """The rows of one method; conversions without a touch have one of their own."""
    credit, amount, removal = found.credit, found.amount, found.removal_effect
    channels, (error, share_error) = list(paths.channels), sample.errors(found.by_row)
    if paths.untouched:
        alone = (sample.sequences.lengths == 0).astype(np.float64)[:, None]
        own = sample.errors(sample.by_row(alone))
        error, share_error = np.append(error, own[0]), np.append(share_error, own[1])
        credit = np.append(credit, paths.untouched)
        amount = np.append(amount, sample.amount @ alone)
        channels, removal = [*channels, UNTOUCHED], np.append(removal, np.nan)
    share, level = credit / paths.conversions, critical_value(confidence_level)
    lower, upper = _bounds(credit / sample.size, error / sample.size, sample.units, level)
    least, most = _bounds(share, share_error, sample.converting_units, level)
    return pd.DataFrame(
        {
            "method": method,
            "channel": pd.Series(channels, dtype=object),
            "conversions": credit,
            "lower": lower * sample.size,
            "upper": upper * sample.size,
            "share": share,
            "share_lower": least,
            "share_upper": most,
            "removal_effect": removal,
            "amount": amount,
        }
    )


def _bounds(share: Floats, error: Floats, least: float, critical: Floats) -> tuple[Floats, Floats]:
    """Wilson's bounds with the number of trials that the standard error implies."""
    share = np.clip(share, 0.0, 1.0)  # rounding
    known = error > 1e-12
    trials = np.where(known, share * (1 - share) / np.where(known, error, 1.0) ** 2, least)
    trials = np.maximum(trials, 1.0)
    return rate_bounds(share * trials, trials, critical)


def _check_shares(shares: tuple[float, float]) -> tuple[float, float]:
    values = check_list(shares, "position_shares")
    if len(values) != 2:
        raise ValueError(f"position_shares must be two shares, not {values!r}")
    begin, end = (check_number(value, "each of position_shares", minimum=0.0) for value in values)
    if not 0 < begin + end <= 1:
        raise ValueError(f"position_shares must sum to above 0 and at most 1, not {values!r}")
    return begin, end
