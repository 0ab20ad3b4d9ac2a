"""Times of offers: a time of day counts where it is given, and zones are refused."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from cemkit.data.offer_times import last_moments, read_moments
from cemkit.errors import DataError

NOON = pd.Timestamp("2024-03-31 12:00")


@pytest.mark.parametrize(
    ("value", "last"),
    [
        ("2024-03-31", "2024-03-31 23:59:59.999999"),
        (dt.date(2024, 3, 31), "2024-03-31 23:59:59.999999"),
        (pd.Timestamp("2024-03-31"), "2024-03-31 23:59:59.999999"),
        ("2024-03-31 14:00", "2024-03-31 14:00"),
        ("2024-03-31T14:00:30", "2024-03-31 14:00:30"),
        (dt.datetime(2024, 3, 31, 14), "2024-03-31 14:00"),
        ("2261-12-31", None),
    ],
)
def test_a_plain_date_is_the_whole_day(value: object, last: str | None) -> None:
    read = last_moments(read_moments(pd.Series([value, None], dtype=object), "valid_until"))
    if last is not None:
        assert pd.Timestamp(read[0]) == pd.Timestamp(last)
    assert read[0] >= np.datetime64("2024-03-31")
    assert np.isnat(read[1])


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (["2024-03-31 12:00+08:00", "2024-03-31 12:00"], r"1 of 2 times.*\+08:00' \(and not in"),
        (["2024-03-31T12:00Z", "2024-03-31"], r"1 of 2 times.*'2024-03-31T12:00Z' \(and not in"),
        (["2024-03-31T12:00:00.5-0330", None], "1 of 1 times.*without a zone, as in"),
        ([NOON.tz_localize("Asia/Shanghai"), NOON], r"1 of 2 times.*\(and not in '2024-03-31 12"),
    ],
)
@pytest.mark.parametrize("dtype", [object, None])
def test_times_with_and_without_a_zone_are_refused(
    values: list, message: str, dtype: type | None
) -> None:
    with pytest.raises(DataError, match=f"valid_until has a time zone in {message}"):
        read_moments(pd.Series(values, dtype=dtype), "valid_until")


def test_a_column_with_a_zone_is_refused() -> None:
    zoned = pd.Series(pd.to_datetime(["2024-03-31 12:00"])).dt.tz_localize("Asia/Shanghai")
    with pytest.raises(DataError, match=r"must hold local dates.*tz_convert\(zone\)"):
        read_moments(zoned, "valid_until")
