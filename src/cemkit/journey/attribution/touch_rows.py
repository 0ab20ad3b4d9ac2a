"""Touches and conversions in the order in which they happened."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import check_label, check_list, check_spellings, finite_values, meant
from cemkit.checks.options import shown
from cemkit.data.days import day_of
from cemkit.data.reductions.journeys import (
    DAY,
    Integers,
    event_rows,
    in_order,
    numbered,
    sorted_rows,
    without_time,
)
from cemkit.errors import DataError
from cemkit.formats import count_text


@dataclasses.dataclass(frozen=True, slots=True)
class TouchRows:
    """Touches and conversions by customer and time; at one time conversions come last."""

    customer: Integers
    time: Integers  # microseconds since 1970
    channel: Integers
    converts: npt.NDArray[np.bool_]
    amount: Floats
    names: list[Any]  # of the channels
    end: int  # the first moment that is not seen any more
    undated: int
    later: int

    def next_conversion(self) -> Integers:
        """The row of the customer's next conversion; the number of rows where there is none."""
        count = len(self.time)
        place = np.where(self.converts, np.arange(count), count)
        following = np.minimum.accumulate(place[::-1])[::-1]
        own = np.append(self.customer, -1)[following] == self.customer
        rows: Integers = np.where(own, following, count)
        return rows

    def only(self, kept: npt.NDArray[np.bool_]) -> "TouchRows":
        """Some of the rows."""
        columns = ("customer", "time", "channel", "converts", "amount")
        return dataclasses.replace(self, **{name: getattr(self, name)[kept] for name in columns})


def event_kinds(conversion: Any, touches: Sequence[Any] | None) -> list[Any] | None:
    """The touches and the conversion, each of which names an event; None: all events."""
    named = [] if touches is None else check_list(touches, "touches")
    for event, name in [(conversion, "conversion"), *((each, "each of touches") for each in named)]:
        if check_label(event, name) is None:
            raise ValueError(f"{name} must name an event, such as 'order', not None")
    if conversion in named:
        raise ValueError(
            f"touches names the conversion {conversion!r}; leave it out, because touches "
            "precede the conversion"
        )
    return None if touches is None else [*named, conversion]


def read_touches(
    events: Any,
    conversion: str,
    end: pd.Timestamp,
    *,
    touch: str,
    kinds: Sequence[str] | None,
    amount: str | None = None,
) -> TouchRows:
    """Read the touches and conversions up to the end of a day."""
    found = event_rows(events, end, kinds, [touch, *([] if amount is None else [amount])])
    if conversion not in found.names:
        raise DataError(
            f"no {shown(conversion)} occurs up to as_of={end:%Y-%m-%d}"
            f"{meant(conversion, found.names)}; choose a later as_of, or another "
            f"conversion{without_time(found.undated)}"
        )
    converts = found.event == found.names.get_loc(conversion)
    channel, names = _channel_numbers(found.columns.loc[~converts, touch], touch)
    codes = np.full(len(converts), len(names), np.int64)
    codes[~converts] = channel
    customer, time, money = found.customer, found.time, np.zeros(len(converts))
    if amount is None:
        rows = in_order(customer, time, codes, len(names) + 1)
        customer, time, codes = rows.who, rows.when, rows.what
    else:
        money[converts] = finite_values(found.columns.loc[converts, amount], amount)
        order = sorted_rows(customer, time, codes, len(names) + 1, money)
        customer, time, codes = customer[order], time[order], codes[order]
        money = money[order]
    return TouchRows(
        customer=customer,
        time=time,
        channel=codes,
        converts=codes == len(names),  # which are last among rows at one time
        amount=money,
        names=list(names),
        end=(day_of(end) + 1) * DAY,
        undated=found.undated,
        later=found.later,
    )


def _channel_numbers(channels: pd.Series, name: str) -> tuple[Integers, pd.Index]:
    missing = int(channels.isna().sum())
    if missing:
        raise DataError(
            f"{name} is missing in {missing:,} of {count_text(len(channels), 'touches')}; name it, "
            f"for example events[{name!r}].fillna('unknown'), or leave those events out"
        )
    if pd.api.types.is_bool_dtype(channels.dtype):
        raise DataError(f"{name} holds True and False; use names of channels instead")
    codes, names = numbered(channels, name)
    check_spellings(names, name)
    return codes, names
