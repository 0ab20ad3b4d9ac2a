"""credit_stability: how far credit depends on the lookback and on touches that went unseen."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import check_as_of, check_list, check_number, check_random_state
from cemkit.data.reductions.journeys import DAY, span
from cemkit.journey.attribution.credit import METHODS, Method, attribute_conversions
from cemkit.journey.attribution.paths import paths_of
from cemkit.journey.attribution.touch_rows import event_kinds, read_touches
from cemkit.results import Result


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CreditStability(Result):
    """Sensitivity of credit to settings and lost touches, from `credit_stability`.

    Attributes:
        methods: Number of methods tried.
        settings: Number of combinations of lookback and share of lost touches tried.
        table: One row per setting, method and channel: `lookback_days, lost_share, method, channel,
            share` of all conversions, `conversions`.
        ranges: One row per channel: the least and the largest share by any method under any
            setting (`least, largest`), and how far the share moves (largest - least) by each cause
            alone, with the first of the others: `over_methods, over_lookbacks, over_losses`.

    Examples:
        >>> from cemkit.data import simulate_events
        >>> events = simulate_events(500, steps=["visit", "order"], step_rates=[0.5]).table
        >>> found = credit_stability(events, as_of="2023-06-30", methods=["last"])
        >>> found.ranges.columns.tolist()
        ['least', 'largest', 'over_methods', 'over_lookbacks', 'over_losses']
    """

    _pictures = ("journey.credit_stability",)

    methods: int
    settings: int
    table: pd.DataFrame
    ranges: pd.DataFrame


def credit_stability(
    events: Any,
    conversion: str = "order",
    *,
    as_of: str | dt.date | pd.Timestamp,
    touch: str = "channel",
    touches: Sequence[str] | None = None,
    lookbacks: Sequence[float] = (30, 7, 90),
    lost_shares: Sequence[float] = (0.0, 0.1, 0.3),
    methods: Sequence[Method] = METHODS,
    order: int = 1,
    random_state: int | np.random.Generator = 0,
) -> CreditStability:
    """Recompute the credit with other lookbacks and with randomly lost touches.

    Cookies expire and people change devices, so some touches are never observed. Credit that
    changes much under such settings is a convention rather than a finding.

    Args:
        events: Event table with `customer_id, event, event_time` and the column `touch`, on any
            engine.
        conversion: Name of the conversion event.
        as_of: Last day seen. Later events are left out.
        touch: Column that names a touch.
        touches: Names of the events that are touches; by default all except the conversion.
        lookbacks: Numbers of days before a conversion within which a touch counts; the first is the
            reference.
        lost_shares: Shares of touches to remove at random; the first is the reference.
        methods: Names of the methods to compute.
        order: Order of the Markov chain: the number of last channels in a state.
        random_state: Seed of the removed touches.

    Returns:
        A `CreditStability`.

    Raises:
        DataError: The conversion never occurs, or no conversion has a touch.
        ValueError: A share of lost touches is not at least 0 and below 1, or a lookback is not
            above 0.

    Examples:
        >>> from cemkit.data import simulate_events
        >>> events = simulate_events(500, steps=["visit", "order"], step_rates=[0.5]).table
        >>> found = credit_stability(events, as_of="2023-06-30", methods=["first", "last"])
        >>> found.settings
        9
    """
    days = check_list(lookbacks, "lookbacks")
    lost = [
        check_number(share, "each of lost_shares", minimum=0.0)
        for share in check_list(lost_shares, "lost_shares")
    ]
    if not days or not lost or max(lost) >= 1:
        raise ValueError(
            f"lookbacks and lost_shares take at least one each, and a lost share is below 1; got "
            f"{days!r} and {lost!r}"
        )
    check_list(methods, "methods")
    spans = [span(lookback, "each of lookbacks") for lookback in days]
    rng = np.random.default_rng(check_random_state(random_state))
    kinds = event_kinds(conversion, touches)
    rows = read_touches(events, conversion, check_as_of(as_of), touch=touch, kinds=kinds)
    parts = []
    for share in lost:
        seen = rows.only(rows.converts | (rng.random(len(rows.time)) >= share))
        for lookback in spans:
            paths = paths_of(seen, lookback, collapse=False)
            credit = attribute_conversions(paths, methods, order=order).table
            parts.append(credit.assign(lookback_days=lookback / DAY, lost_share=share))
    keys = ["lookback_days", "lost_share", "method", "channel"]
    table = pd.concat(parts, ignore_index=True)[[*keys, "share", "conversions"]]
    return CreditStability(
        methods=table["method"].nunique(),
        settings=len(days) * len(lost),
        table=table,
        ranges=_ranges(table, spans[0] / DAY, lost[0]),
    )


def _ranges(table: pd.DataFrame, lookback: float, lost: float) -> pd.DataFrame:
    """How far the share of each channel moves, in all and by each cause alone."""
    usual = {"lookback_days": lookback, "lost_share": lost, "method": table["method"].iloc[0]}
    shares = table.groupby("channel", sort=True)["share"]
    ranges = {"least": shares.min(), "largest": shares.max()}
    for cause, name in (
        ("method", "over_methods"),
        ("lookback_days", "over_lookbacks"),
        ("lost_share", "over_losses"),
    ):
        alone = table
        for other in usual.keys() - {cause}:
            alone = alone[alone[other] == usual[other]]
        own = alone.groupby("channel")["share"]
        ranges[name] = (own.max() - own.min()).reindex(ranges["least"].index)
    return pd.DataFrame(ranges)
