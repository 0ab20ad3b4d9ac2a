"""A fitted clock as fields of JSON text, and back."""

from typing import Any

import numpy as np
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_as_of
from cemkit.clv.clock.events import COLUMNS, NONE
from cemkit.clv.purchases.estimates import check_covariance
from cemkit.data.reductions.data_span import day_text
from cemkit.errors import DataError
from cemkit.storage.fields import flag, integer, many, number, numbers, optional, row, text
from cemkit.storage.text import Layout

LARGEST_EFFECT = 50.0
LAYOUT = Layout(
    2,
    {
        "harmonics": integer(0, 26),
        "weekdays": flag,
        "events": many(row(text, text, text, flag)),
        "planned_until": optional(text),
        "as_of": text,
        "first_day": text,
        "years_seen": number(above=0),
        "trend": number(),
        "luck": number(0),
        "effects": many(number(-LARGEST_EFFECT, LARGEST_EFFECT), "effects"),
        "standard_errors": many(number(0), "effects"),
        "covariance": optional(numbers("effects", "effects")),
    },
    added={"covariance": 2},
)


def clock_state(clock: Any) -> dict[str, Any]:
    """The fields of a fitted clock."""
    until, covariance = clock.planned_until_, getattr(clock, "covariance_", None)
    return {
        "harmonics": clock.harmonics,
        "weekdays": clock.weekdays,
        "events": [
            [name, day_text(start), day_text(end), bool(recurring)]
            for name, start, end, recurring in clock.events_[COLUMNS].itertuples(index=False)
        ],
        "planned_until": None if until is None else day_text(until),
        "as_of": day_text(clock.as_of_),
        "first_day": day_text(clock.first_day_),
        "years_seen": clock.years_seen_,
        "trend": clock.trend_,
        "luck": clock.luck_,
        "effects": clock.effects_["effect"].tolist(),
        "standard_errors": clock.effects_["standard_error"].tolist(),
        "covariance": covariance.to_numpy().tolist() if covariance is not None else None,
    }


def restored_clock(clock: Any, state: dict[str, Any]) -> None:
    """Give a new clock what a text holds, checked."""
    clock.as_of_ = check_as_of(state["as_of"])
    clock.first_day_ = check_as_of(state["first_day"], "first_day")
    if clock.first_day_ > clock.as_of_:
        raise DataError("its first_day lies after its as_of")
    clock.events_ = _events(state["events"])
    clock.events = clock.events_ if len(clock.events_) else None
    until = state["planned_until"]
    clock.planned_until_ = None if until is None else check_as_of(until, "planned_until")
    if clock.planned_until_ is None and not clock.events_["recurring"].all():
        raise DataError("its planned_until is null, and not all its events recur")
    if len(state["effects"]) != len(clock._effect_names()):
        raise DataError(
            f"it has {len(state['effects'])} effects, but needs {len(clock._effect_names())}"
        )
    clock.years_seen_, clock.trend_, clock.luck_ = (
        float(state[name]) for name in ("years_seen", "trend", "luck")
    )
    effects, errors = (np.array(state[name], float) for name in ("effects", "standard_errors"))
    clock._set_effects(effects, errors)
    if state["covariance"] is not None:
        clock._set_covariance(_covariance(state["covariance"], errors))


def _covariance(covariance: Floats, errors: Floats) -> Floats:
    check_covariance(covariance, len(errors))
    if not np.allclose(np.sqrt(np.diag(covariance)), errors, rtol=1e-6, atol=0.0):
        raise DataError("its covariance does not fit its standard_errors")
    return covariance


def _events(rows: list[list[Any]]) -> pd.DataFrame:
    if not rows:
        return NONE
    table = pd.DataFrame(rows, columns=COLUMNS)
    for column in COLUMNS[1:3]:
        days = [check_as_of(day, column) for day in table[column]]
        table[column] = pd.Series(days, dtype="datetime64[us]")
    if (table["end_date"] < table["start_date"]).any():
        raise DataError("an event of it ends before it starts")
    return table.astype({"name": object})
