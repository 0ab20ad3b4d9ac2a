"""in_quiet_hours: which actions would be sent at a time when nobody is disturbed."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_columns, local_dates
from cemkit.checks.options import shown


def in_quiet_hours(
    actions: pd.DataFrame, quiet_hours: tuple[str, str] | None
) -> npt.NDArray[np.bool_]:
    """Which actions would be sent in the quiet hours, or at no known time."""
    if quiet_hours is None:
        return np.zeros(len(actions), dtype=bool)
    start, end = _two_times(quiet_hours)
    hint = "quiet_hours need the local time at which each action is sent"
    check_columns(actions.columns, ["send_at"], hint)
    send_at = local_dates(actions["send_at"], "send_at")
    time = send_at - send_at.astype("datetime64[D]")
    after, before = time >= start, time < end
    quiet: npt.NDArray[np.bool_] = (after & before) if start < end else (after | before)
    return quiet | np.isnat(send_at)


def _two_times(quiet_hours: object) -> tuple[np.timedelta64, np.timedelta64]:
    wrong = f"quiet_hours must be two times such as ('21:00', '08:00'), not {shown(quiet_hours)}"
    if not isinstance(quiet_hours, tuple | list) or len(quiet_hours) != 2:
        raise ValueError(wrong)
    try:
        clocks = [dt.time.fromisoformat(time) for time in quiet_hours]
    except (TypeError, ValueError) as error:
        raise ValueError(wrong) from error
    if any(clock.tzinfo is not None for clock in clocks):
        raise ValueError(f"{wrong}; they are local times, without a zone")
    start, end = (
        np.timedelta64(dt.timedelta(hours=c.hour, minutes=c.minute, seconds=c.second), "us")
        for c in clocks
    )
    if start == end:
        raise ValueError(f"{wrong}; the two are the same time")
    return start, end
