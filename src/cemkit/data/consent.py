"""Consent: who may be contacted, through which channel, for which purpose, on that day."""

import dataclasses
import datetime as dt
from collections.abc import Callable
from numbers import Real

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import (
    check_as_of,
    check_same_ids,
    customer_ids,
    folded,
    local_dates,
)
from cemkit.checks.options import shown
from cemkit.data.channel_spellings import (
    channel_name,
    every_channel,
    warn_of_channels,
)
from cemkit.data.columns import check_table, distinct_values, plain_words
from cemkit.errors import DataError
from cemkit.results import Result

CONSENT_COLUMNS = ["customer_id", "channel", "purpose", "granted", "since"]
ENDS = {"until", "end", "end_date", "ends", "expires", "expires_at", "expiry", "expiry_date"}
ENDS |= {"valid_until", "valid_to", "revoked", "revoked_at", "withdrawn", "withdrawn_at"}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ConsentCheck(Result):
    """Which actions have consent, from `check_consent`.

    Attributes:
        actions: Number of actions checked.
        consented: Number of actions with consent.
        contradictions: Number of combinations of customer, channel and purpose with both a grant
            and a refusal up to `as_of`. The latest record counts.
        later_records: Number of records dated after `as_of`, which are ignored.
        matching_records: Number of records whose customer has an action.
        table: `consented`, True or False, on the index of the actions.

    Examples:
        >>> table = pd.DataFrame({"consented": [True]})
        >>> print(
        ...     ConsentCheck(
        ...         actions=1,
        ...         consented=1,
        ...         contradictions=0,
        ...         later_records=0,
        ...         matching_records=1,
        ...         table=table,
        ...     ).sentence()
        ... )
        Consent holds for 1 of 1 action.
    """

    actions: int
    consented: int
    contradictions: int
    later_records: int
    matching_records: int
    table: pd.DataFrame


def check_consent(
    actions: pd.DataFrame, consent: pd.DataFrame, as_of: str | dt.date | pd.Timestamp
) -> ConsentCheck:
    """Check whether each action's customer has consented to its channel and purpose on a day.

    Doubt means no consent. There is consent only where the latest record up to `as_of` for exactly
    that customer, channel and purpose grants it:

    - Of several records with the same `since`, a refusal wins.
    - A grant without a date does not count. A refusal without a date always counts.
    - A missing `granted` is a refusal.
    - An action without a channel or purpose has no consent.
    - The end of a consent is a later record with `granted` False. A column for it, such as `until`,
      raises an error.

    Args:
        actions: Action table with `customer_id, channel, purpose`.
        consent: Consent table with `customer_id, channel, purpose, granted, since`.
        as_of: Last day seen. Later consent records are ignored and counted.

    Returns:
        A `ConsentCheck`, whose `table` has the column `consented` on the index of the actions.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: `granted` is not True or False, `since` is not a date, or a channel or purpose is
            not text. A refusal names no channel or purpose, or a word for all of them. The ids are
            numbers in one table and text in the other. The consent table has a column for the end
            of a consent.

    Warns:
        CemkitWarning: The consent table has a channel that no action has and that may be
            misspelled.

    Examples:
        >>> actions = pd.DataFrame(
        ...     {"customer_id": [1, 2], "channel": "email", "purpose": "marketing"}
        ... )
        >>> consent = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 2, 2],
        ...         "channel": "email",
        ...         "purpose": "marketing",
        ...         "granted": [True, True, False],
        ...         "since": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-02-01"]),
        ...     }
        ... )
        >>> check_consent(actions, consent, "2024-03-01").table["consented"].tolist()
        [True, False]
    """
    day = check_as_of(as_of)
    check_table(actions, "actions", ["channel", "purpose"])
    check_table(consent, "consent", ["channel", "purpose", "granted", "since"])
    _check_no_end(consent)
    ids, others = customer_ids(actions, "actions"), customer_ids(consent, "consent")
    check_same_ids(ids, others, "actions", "consent")
    customers, known = pd.factorize(ids)
    wanted, recorded = customers.astype(np.int64), known.get_indexer(others).astype(np.int64)
    matching = int(np.count_nonzero(recorded >= 0))
    wanted, recorded = _permission_codes(actions, consent, wanted, recorded)
    warn_of_channels(consent["channel"], actions["channel"], "consent", every=False, stacklevel=2)
    granted = _granted(consent["granted"])
    _check_refusals(consent[~granted])
    since = local_dates(consent["since"], "since")
    later = since >= np.datetime64(day + pd.Timedelta(days=1))
    undated = np.isnat(since)
    counts = (recorded >= 0) & ~later & ~(undated & granted)
    # A refusal without a date stands after every other record.
    since = np.where(undated, np.datetime64("9999-12-31"), since)
    held, contradictions = _latest(recorded[counts], since[counts], granted[counts])
    consented = np.isin(wanted, held) & (wanted >= 0)
    return ConsentCheck(
        actions=len(actions),
        consented=int(consented.sum()),
        contradictions=contradictions,
        later_records=int(later.sum()),
        matching_records=matching,
        table=pd.DataFrame({"consented": consented}, index=actions.index),
    )


def consented(
    people: pd.DataFrame,
    consent: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    channel: str,
    purpose: str,
) -> pd.Series:
    """Return which people have consented to a channel and purpose on a day.

    The rules are those of `check_consent`: doubt means no consent.

    Args:
        people: Table with `customer_id`, as a column or the index.
        consent: Consent table with `customer_id, channel, purpose, granted, since`.
        as_of: Day of the contact. Later consent records are ignored.
        channel: Channel of the contact, such as `"email"`.
        purpose: Purpose of the contact, such as `"marketing"`.

    Returns:
        Series of True and False named `"consented"` on the index of `people`.

    Raises:
        MissingColumnsError: A table lacks a column.
        DataError: The consent table or the ids are not sound; `check_consent` lists the cases.

    Examples:
        >>> consent = pd.DataFrame(
        ...     {
        ...         "customer_id": [1, 1, 2],
        ...         "channel": "email",
        ...         "purpose": "offers",
        ...         "granted": [True, False, True],
        ...         "since": pd.to_datetime(["2023-01-01", "2024-01-01", "2024-01-01"]),
        ...     }
        ... )
        >>> people = pd.DataFrame({"customer_id": [1, 2, 3]})
        >>> consented(people, consent, "2024-06-30", channel="email", purpose="offers").tolist()
        [False, True, False]
    """
    for name, word in (("channel", channel), ("purpose", purpose)):
        if not isinstance(word, str):
            raise TypeError(f"{name} must be text, not {shown(word)}")
    asked = check_table(people, "people").assign(channel=channel, purpose=purpose)
    return check_consent(asked, consent, as_of).table["consented"]


def _check_no_end(consent: pd.DataFrame) -> None:
    ends = [column for column in consent.columns if str(column).strip().casefold() in ENDS]
    if ends:
        raise DataError(
            f"consent has a column {ends[0]!r}, but the end of a consent must be a "
            f"record of its own; add one with granted=False ({CONSENT_COLUMNS})"
        )


def _check_refusals(refusals: pd.DataFrame) -> None:
    """Raise where a refusal names no channel or purpose of its own, so that it would end none."""
    for column in ("channel", "purpose"):
        codes, spellings = distinct_values(refusals[column], column)
        plain = plain_words(pd.Series(spellings, dtype=object), column)
        names = [None if word is None else purpose_name(word) for word in plain]
        every = {None, *every_channel()}
        vague = np.array([*(name in every for name in names), True])[codes]
        if vague.any():
            first = refusals[column].iloc[int(vague.argmax())]
            raise DataError(
                f"consent has {int(vague.sum()):,} refusals without a {column} of their own, such "
                f"as {shown(first)}; write one row for each {column}, or put the customers on the "
                "suppression list"
            )


def _permission_codes(
    actions: pd.DataFrame,
    consent: pd.DataFrame,
    wanted: npt.NDArray[np.int64],
    recorded: npt.NDArray[np.int64],
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """One number per customer, channel and purpose of the actions; -1 where one is missing."""
    for column, name in (("channel", channel_name), ("purpose", purpose_name)):
        words: dict[str, int] = {}
        codes = [_word_codes(table[column], column, name, words) for table in (actions, consent)]
        wanted = np.where((wanted < 0) | (codes[0] < 0), -1, wanted * len(words) + codes[0])
        recorded = np.where((recorded < 0) | (codes[1] < 0), -1, recorded * len(words) + codes[1])
    return wanted, recorded


def _word_codes(
    values: pd.Series, column: str, name: Callable[[str], str], words: dict[str, int]
) -> npt.NDArray[np.int64]:
    """A number per word, the same for every spelling of it; -1 where there is none."""
    codes, spellings = distinct_values(values, column)
    plain = plain_words(pd.Series(spellings, dtype=object), column)
    numbers = [-1 if word is None else words.setdefault(name(word), len(words)) for word in plain]
    return np.array([*numbers, -1], dtype=np.int64)[codes]


def purpose_name(purpose: str) -> str:
    """The one spelling of a purpose: trimmed, in lower case and in letters of normal width."""
    return folded(purpose)


def _granted(granted: pd.Series) -> npt.NDArray[np.bool_]:
    codes, distinct = distinct_values(granted, "granted")
    strange = [value for value in distinct if not isinstance(value, Real | np.bool_)]
    strange += [value for value in distinct if value not in strange and value not in (0, 1)]
    if strange:
        raise DataError(f"granted must be True or False, not {shown(strange[0])}; convert it first")
    return np.array([*(bool(value) for value in distinct), False])[codes]


def _latest(
    keys: npt.NDArray[np.int64],
    since: npt.NDArray[np.datetime64],
    granted: npt.NDArray[np.bool_],
) -> tuple[npt.NDArray[np.int64], int]:
    """The keys whose latest record grants, and how many keys have records that disagree."""
    order = np.lexsort((~granted, since, keys))
    keys, granted = keys[order], granted[order]
    last = np.append(keys[1:] != keys[:-1], True)[: len(keys)]
    disagreeing = keys[1:][(keys[1:] == keys[:-1]) & (granted[1:] != granted[:-1])]
    return keys[last & granted], len(np.unique(disagreeing))
