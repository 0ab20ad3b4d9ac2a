"""From when to when an offer holds: a time of day counts where it is given."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import local_dates
from cemkit.errors import DataError

Moments = npt.NDArray[np.datetime64]
DAY, LAST = np.timedelta64(1, "D"), np.timedelta64(1, "us")
ZONE = re.compile(r"\d[ ]?(?:Z|[+-]\d\d(?::?\d\d)?)$")
ISO_DAY = 10  # characters of a date without a time of day, as in 2024-03-31


def read_moments(values: pd.Series, name: str) -> Moments:
    """Return the local moments of a column; a plain date is midnight, and missing stays missing."""
    if values.dtype == object or pd.api.types.is_string_dtype(values.dtype):
        _check_zones(values, name)
    return local_dates(values, name)


def _check_zones(values: pd.Series, name: str) -> None:
    """Raise where times have a zone: all, or some among times without one."""
    given = values[values.notna()].tolist()
    zoned = [value for value in given if _has_zone(value)]
    if not zoned:
        return
    bare = [value for value in given if not _has_zone(value)]
    beside = f" (and not in {str(bare[0])!r})" if bare else ""
    raise DataError(
        f"{name} has a time zone in {len(zoned):,} of {len(given):,} times, such as "
        f"{str(zoned[0])!r}{beside}; write all of them as the shop's local time without a zone, as "
        "in '2024-03-31 12:00' (.dt.tz_convert(zone).dt.tz_localize(None) converts a column)"
    )


def _has_zone(value: object) -> bool:
    if isinstance(value, str):
        text = value.strip()
        return len(text) > ISO_DAY and ZONE.search(text[ISO_DAY:]) is not None
    return getattr(value, "tzinfo", None) is not None


def last_moments(ends: Moments) -> Moments:
    """Return the last moment of each end: of the whole day where no time of day is given."""
    ends = ends.astype("datetime64[us]")
    return np.where(_are_days(ends), ends + DAY - LAST, ends)


def _are_days(moments: Moments) -> npt.NDArray[np.bool_]:
    return np.asarray(moments == moments.astype("datetime64[D]"), dtype=bool)
