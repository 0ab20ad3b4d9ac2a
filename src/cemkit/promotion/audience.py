"""build_audience: which actions may be carried out, and why the others may not."""

import dataclasses
import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import (
    by_customer,
    check_as_of,
    check_choice,
    check_columns,
    check_same_ids,
    customer_ids,
    local_dates,
)
from cemkit.data.consent import check_consent
from cemkit.data.contact_channels import channel_names, channels_of
from cemkit.promotion.caps import contact_caps, over_cap
from cemkit.results import Language, Result

Mask = npt.NDArray[np.bool_]
REASONS = {  # in the order in which they are looked at
    "unknown customer": "客户不在名单",
    "duplicate": "重复",
    "suppressed": "在禁止联系名单",
    "no channel": "没有渠道",
    "no consent": "没有同意",
    "quiet hours": "在免打扰时段",
    "contact cap": "超过联系上限",
    "held out": "属于对照组",
    "kept": "保留",
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Audience(Result):
    """What `build_audience` decided.

    Attributes:
        as_of: The last day seen.
        actions: How many were proposed; the `ledger` sums to it.
        kept: How many may be carried out.
        contradictions: Customers, channels and purposes with both a grant and a refusal up to
            `as_of`; the latest record counts.
        later_records: Consent records and contacts dated after `as_of`, which are not looked at.
        ledger: `actions` for each reason, in the order in which they are looked at.
        held_out: The actions of the hold-out that would have been kept: the randomised
            counterpart of `table`.
        people: The people given, for `parity`.
        table: The actions kept, with their channel.

    Examples:
        >>> actions = pd.DataFrame(
        ...     {"customer_id": [1, 2], "action": "win_back", "purpose": "marketing"}
        ... )
        >>> people = pd.DataFrame({"customer_id": [1, 2], "preferred_channel": "email"})
        >>> consent = pd.DataFrame(
        ...     {
        ...         "customer_id": [2],
        ...         "channel": "email",
        ...         "purpose": "marketing",
        ...         "granted": True,
        ...         "since": pd.to_datetime(["2024-01-01"]),
        ...     }
        ... )
        >>> audience = build_audience(
        ...     actions=actions, people=people, consent=consent, as_of="2024-01-31"
        ... )
        >>> print(audience.sentence())
        1 of 2 actions kept; left out: 1 no consent.
    """

    as_of: pd.Timestamp
    actions: int
    kept: int
    contradictions: int
    later_records: int
    ledger: pd.DataFrame
    held_out: pd.DataFrame
    people: pd.DataFrame
    table: pd.DataFrame

    def sentence(self, language: Language = "en") -> str:
        """How many actions were kept, and why the others were not."""
        check_choice(language, "language", ["en", "zh"])
        left_out = self.ledger["actions"].drop("kept")
        counts = left_out[left_out > 0].items()
        if language == "zh":
            why = "、".join(f"{REASONS[str(reason)]} {count:,}" for reason, count in counts)
            return f"{self.actions:,} 项行动中保留 {self.kept:,} 项；排除：{why or '无'}。"
        why = ", ".join(f"{count:,} {reason}" for reason, count in counts)
        return f"{self.kept:,} of {self.actions:,} actions kept; left out: {why or 'none'}."

    def selected(self) -> pd.Index:
        """The customers with at least one action kept, each once."""
        return customer_ids(self.table, "table").unique()

    def _scalars(self) -> dict[str, object]:
        return {
            "as_of": f"{self.as_of:%Y-%m-%d}",
            "actions": self.actions,
            **{str(reason): int(count) for reason, count in self.ledger["actions"].items()},
            "contradictions": self.contradictions,
            "later_records": self.later_records,
        }


def build_audience(
    *,
    actions: pd.DataFrame,
    people: pd.DataFrame,
    consent: pd.DataFrame,
    suppression: pd.DataFrame | None = None,
    contacts: pd.DataFrame | None = None,
    caps: pd.DataFrame | None = None,
    assignment: pd.DataFrame | None = None,
    holdout: str = "control",
    quiet_hours: tuple[str, str] | None = None,
    as_of: str | dt.date | pd.Timestamp,
) -> Audience:
    """The actions that may be carried out; it fails closed, and counts what it leaves out.

    Each action gets the first reason that holds, in this order: its customer is not among the
    people; it repeats another action of the same customer, offer, channel and purpose; the
    customer is suppressed; there is no channel, neither the action's nor the customer's preferred
    one; consent for that channel and purpose does not hold on that day (see `check_consent`); it
    would be sent in quiet hours; the customer has been contacted too often; the customer is held
    out. What is held out last is comparable with what is kept.

    Args:
        actions: `customer_id, action, purpose`, and where there `channel, offer, priority`
            (1 first) and `expected_profit` (the larger first), which say whose turn it is where a
            cap does not leave room for all.
        people: One row each; `preferred_channel` stands in for a missing channel.
        consent: `customer_id, channel, purpose, granted, since`.
        suppression: `customer_id`, and `channel` where it holds for one channel alone.
        contacts: `customer_id, channel, contact_date`, what was sent already; needed with `caps`,
            and may be empty.
        caps: `max_contacts, window_days`, and `channel` where it holds for one channel alone. The
            last `window_days` days count, that of `as_of` among them, and this audience too.
        assignment: `customer_id, variant` of an experiment. Customers who are not in it are
            contacted.
        holdout: The variant that is never contacted.
        quiet_hours: From when until when nothing is sent, such as `("21:00", "08:00")`, in the
            local time of `send_at`, a column of actions; an action without that time is left out.
        as_of: The last day seen.

    Returns:
        An `Audience`; its table has the rows and index of the actions kept, in their order.
        Which they are does not depend on the order of rows.

    Raises:
        MissingColumnsError: A table lacks a column.
        DataError: A customer stands twice among people or in the assignment, or a table's ids,
            dates or numbers are not what they must be.
        ValueError: No customer is assigned to `holdout`, caps come without contacts, or quiet
            hours are no times.

    Examples:
        >>> day = pd.to_datetime(["2024-01-01"])
        >>> audience = build_audience(
        ...     actions=pd.DataFrame(
        ...         {"customer_id": [1], "action": ["win_back"], "purpose": ["marketing"]}
        ...     ),
        ...     people=pd.DataFrame({"customer_id": [1], "preferred_channel": ["微信"]}),
        ...     consent=pd.DataFrame(
        ...         {
        ...             "customer_id": [1],
        ...             "channel": ["wechat"],
        ...             "purpose": ["marketing"],
        ...             "granted": [True],
        ...             "since": day,
        ...         }
        ...     ),
        ...     as_of="2024-01-31",
        ... )
        >>> audience.table["channel"].tolist()
        ['wechat']
    """
    day = check_as_of(as_of)
    ids = customer_ids(actions, "actions")
    check_columns(actions.columns, ["action", "purpose"], "see the actions table of fire_triggers")
    people = by_customer(people, "people")
    check_same_ids(ids, people.index, "actions", "people")
    rows = people.index.get_indexer(ids)
    proposed = actions.assign(channel=channels_of(actions, people, rows))
    permission = check_consent(proposed, consent, day)
    turn = _turns(proposed, ids)
    masks = {
        "unknown customer": rows < 0,
        "duplicate": _repeated(proposed, ids, turn),
        "suppressed": _suppressed(ids, proposed["channel"], suppression),
        "no channel": proposed["channel"].isna().to_numpy(),
        "no consent": ~permission.table["consented"].to_numpy(),
        "quiet hours": _in_quiet_hours(proposed, quiet_hours),
    }
    open_ = ~np.logical_or.reduce(list(masks.values()))
    limits = contact_caps(caps, contacts, ids, day)
    masks["contact cap"] = over_cap(limits, ids, proposed["channel"], turn, open_)
    masks["held out"] = _held_out(ids, assignment, holdout)
    reason = np.select(list(masks.values()), range(len(masks)), default=len(masks))
    counts = np.bincount(reason, minlength=len(REASONS))
    return Audience(
        as_of=day,
        actions=len(actions),
        kept=int(counts[-1]),
        contradictions=permission.contradictions,
        later_records=permission.later_records + limits.later_contacts,
        ledger=pd.DataFrame({"actions": counts}, index=pd.Index(REASONS, name="reason")),
        held_out=proposed[reason == list(REASONS).index("held out")],
        people=people,
        table=proposed[reason == list(REASONS).index("kept")],
    )


def _turns(actions: pd.DataFrame, ids: pd.Index) -> npt.NDArray[np.intp]:
    """0 for the first action of each customer, 1 for the second, and so on, by what matters."""
    turn = np.zeros(len(ids), dtype=np.intp)
    several = np.flatnonzero(ids.duplicated(keep=False))
    order = {"priority": True, "expected_profit": False, "action": True, "offer": True}
    order |= dict.fromkeys(["channel", "purpose", "send_at", "reason", "evidence"], True)
    known = {column: up for column, up in order.items() if column in actions.columns}
    part = actions.iloc[several][list(known)].reset_index(drop=True)
    part = part.sort_values(list(known), ascending=list(known.values()), kind="stable")
    places = several[part.index.to_numpy()]
    turn[places] = pd.Series(places).groupby(ids.take(places)).cumcount()
    return turn


def _repeated(actions: pd.DataFrame, ids: pd.Index, turn: npt.NDArray[np.intp]) -> Mask:
    columns = [c for c in ("action", "offer", "channel", "purpose") if c in actions.columns]
    several = np.flatnonzero(ids.duplicated(keep=False))
    several = several[np.argsort(turn[several], kind="stable")]
    part = actions.iloc[several][columns].reset_index(drop=True)
    repeated = np.zeros(len(ids), dtype=bool)
    repeated[several] = part.assign(id=ids.take(several)).duplicated()
    return repeated


def _suppressed(ids: pd.Index, channels: pd.Series, suppression: pd.DataFrame | None) -> Mask:
    if suppression is None:
        return np.zeros(len(ids), dtype=bool)
    listed = customer_ids(suppression, "suppression")
    check_same_ids(ids, listed, "actions", "suppression")
    if "channel" not in suppression.columns:
        return _among(ids, listed)
    only = channel_names(suppression["channel"])
    suppressed = _among(ids, listed[only.isna().to_numpy()])
    for channel in only.dropna().unique():
        mine = _among(ids, listed[(only == channel).to_numpy()])
        suppressed |= (channels == channel).to_numpy() & mine
    return suppressed


def _in_quiet_hours(actions: pd.DataFrame, quiet_hours: tuple[str, str] | None) -> Mask:
    if quiet_hours is None:
        return np.zeros(len(actions), dtype=bool)
    hint = "quiet_hours need the local time at which each action is sent"
    check_columns(actions.columns, ["send_at"], hint)
    send_at = pd.DatetimeIndex(local_dates(actions["send_at"], "send_at"))
    start, end = (_minute(time) for time in quiet_hours)
    minute = (send_at.hour * 60 + send_at.minute).to_numpy(dtype=np.float64)
    in_day = (minute >= start) & (minute < end)
    over_night = (minute >= start) | (minute < end)
    quiet: Mask = (in_day if start <= end else over_night) | np.isnan(minute)
    return quiet


def _minute(time: str) -> int:
    try:
        clock = dt.time.fromisoformat(time)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"quiet_hours must be two times such as ('21:00', '08:00'), not {time!r}"
        ) from error
    return clock.hour * 60 + clock.minute


def _held_out(ids: pd.Index, assignment: pd.DataFrame | None, holdout: str) -> Mask:
    if assignment is None:
        return np.zeros(len(ids), dtype=bool)
    assignment = by_customer(assignment, "assignment")
    check_columns(assignment.columns, ["variant"])
    check_same_ids(ids, assignment.index, "actions", "assignment")
    if not (assignment["variant"] == holdout).any():
        variants = sorted(assignment["variant"].dropna().astype(str).unique())
        raise ValueError(
            f"no customer is assigned to {holdout!r}, only to {variants}; "
            "name the variant that must not be contacted in holdout="
        )
    never = (assignment["variant"] == holdout) | assignment["variant"].isna()
    return _among(ids, assignment.index[never.to_numpy()])


def _among(ids: pd.Index, listed: pd.Index) -> Mask:
    # Index.isin takes seven times as long on text.
    found: Mask = listed.unique().get_indexer(ids) >= 0
    return found
