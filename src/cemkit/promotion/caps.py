"""Contact caps: how many contacts each customer has left, and whose turn it is."""

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import check_same_ids, customer_ids, local_days
from cemkit.checks.options import LARGEST_INTEGER, LONGEST_WINDOW_DAYS
from cemkit.data.channel_spellings import channel_names, every_channel, named_codes
from cemkit.data.columns import check_table, whole_numbers
from cemkit.errors import DataError
from cemkit.formats import count_text

CAP_COLUMNS = ["max_contacts", "window_days", "channel"]


@dataclasses.dataclass(frozen=True, slots=True)
class ContactCaps:
    """The caps, and what each customer has used of them."""

    limits: npt.NDArray[np.int64]
    channels: list[str | None]
    used: npt.NDArray[np.int64]
    later_contacts: int
    contacts: int
    matching_contacts: int


def contact_caps(
    caps: pd.DataFrame | None,
    contacts: pd.DataFrame | None,
    ids: pd.Index,
    as_of: pd.Timestamp,
) -> ContactCaps:
    """Count each customer's contacts in the window of each cap."""
    if caps is None and contacts is None:
        used = np.empty((0, ids.nunique()), np.int64)
        return ContactCaps(np.empty(0, np.int64), [], used, 0, 0, 0)
    if caps is None or contacts is None:
        raise ValueError(
            "caps need contacts, and contacts need caps; if nobody was contacted yet, "
            "give an empty table with the columns customer_id, channel, contact_date"
        )
    limits, windows, capped = _limits(caps)
    customers = ids.unique()
    codes, age, channels = _history(contacts, customers, as_of)
    used = np.zeros((len(limits), len(customers)), dtype=np.int64)
    for cap, (window, channel) in enumerate(zip(windows, capped, strict=True)):
        counts = (codes >= 0) & (age >= 0) & (age < window)
        if channel is not None:
            counts &= (channels == channel) | pd.isna(channels)
        used[cap] = np.bincount(codes[counts], minlength=len(customers))
    later, matching = int((age < 0).sum()), int((codes >= 0).sum())
    return ContactCaps(limits, capped, used, later, len(codes), matching)


def over_cap(
    caps: ContactCaps,
    ids: pd.Index,
    channels: pd.Series,
    turn: npt.NDArray[np.intp],
    open_: npt.NDArray[np.bool_],
) -> npt.NDArray[np.bool_]:
    """Which open actions no cap leaves room for, each customer's taken in turn."""
    over = np.zeros(len(ids), dtype=bool)
    if not len(caps.limits):
        return over
    customers, _ = pd.factorize(ids)
    applies = np.array([(channels == c) if c else channels.notna() for c in caps.channels])
    used = caps.used.copy()
    rows = np.flatnonzero(open_)
    rows = rows[np.argsort(turn[rows], kind="stable")]
    # A customer stands at most once in a round, so a round is one step for everybody.
    for round_ in np.split(rows, np.flatnonzero(np.diff(turn[rows])) + 1):
        who, counted = customers[round_], applies[:, round_]
        full = (counted & (used[:, who] >= caps.limits[:, None])).any(axis=0)
        over[round_] = full
        used[:, who] += counted & ~full
    return over


def _limits(
    caps: pd.DataFrame,
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], list[str | None]]:
    check_table(caps, "caps", CAP_COLUMNS[:2], known=CAP_COLUMNS)
    whole = [
        whole_numbers(caps[column], column, minimum=least, maximum=most)
        for column, least, most in (
            ("max_contacts", 0, LARGEST_INTEGER),
            ("window_days", 1, LONGEST_WINDOW_DAYS),
        )
    ]
    for column, values in zip(CAP_COLUMNS, whole, strict=False):
        if np.isnan(values).any():
            raise DataError(
                f"{column} is missing in {count_text(np.isnan(values).sum(), 'rows')} of caps"
            )
    channels: list[str | None] = [None] * len(caps)
    if "channel" in caps.columns:
        channels = [None if pd.isna(c) else str(c) for c in guarded_channels(caps, "caps")]
    return whole[0].astype(np.int64), whole[1].astype(np.int64), channels


def guarded_channels(table: pd.DataFrame, name: str) -> pd.Series:
    """The channel that each row of a guard holds for; missing where it holds for all of them."""
    names = channel_names(table["channel"])
    every = names[names.isin(every_channel())]
    if len(every):
        raise DataError(
            f"{name} has the channel {every.iloc[0]!r}; leave it missing if the row is "
            "for all channels"
        )
    return names


def _history(
    contacts: pd.DataFrame, customers: pd.Index, as_of: pd.Timestamp
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.int64], npt.NDArray[np.object_]]:
    """For each contact the customer's number (-1 for others), its age in days and its channel."""
    check_table(contacts, "contacts", ["channel", "contact_date"])
    ids = customer_ids(contacts, "contacts")
    check_same_ids(customers, ids, "actions", "contacts")
    dates = local_days(contacts["contact_date"], "contact_date")
    if np.isnat(dates).any():
        raise DataError(
            f"contact_date is missing in {count_text(np.isnat(dates).sum(), 'rows')} of contacts"
        )
    age = np.datetime64(as_of, "D") - dates
    codes, names = named_codes(contacts["channel"])
    channels = np.array([*names, None], dtype=object)[codes]
    return customers.get_indexer(ids), age.astype(np.int64), channels
