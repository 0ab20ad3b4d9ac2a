"""build_audience: which actions may be carried out, and why the others may not."""

import dataclasses
import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import (
    by_customer,
    check_as_of,
    check_same_ids,
    customer_ids,
    folded,
    normal_ids,
)
from cemkit.data.channel_spellings import channels_of, warn_of_channels
from cemkit.data.columns import among, check_table
from cemkit.data.consent import ConsentCheck, check_consent
from cemkit.promotion.caps import ContactCaps, contact_caps, guarded_channels, over_cap
from cemkit.promotion.quiet_hours import in_quiet_hours
from cemkit.promotion.turns import repeated, turn_of_each
from cemkit.results import Result

Mask = npt.NDArray[np.bool_]
REASONS = (  # in the order in which they are looked at
    "unknown customer",
    "duplicate",
    "suppressed",
    "no channel",
    "no consent",
    "quiet hours",
    "contact cap",
    "held out",
    "kept",
)
GUARDS = ("people", "consent", "suppression", "contacts", "assignment")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Audience(Result):
    """Actions that may be carried out, and the others by reason, from `build_audience`.

    Attributes:
        as_of: Last day seen.
        actions: Number of proposed actions; the `ledger` adds up to it.
        kept: Number of actions that may be carried out.
        contradictions: Number of combinations of customer, channel and purpose with both a grant
            and a refusal up to `as_of`. The latest record counts.
        later_records: Number of consent records and contacts dated after `as_of`, which are
            ignored.
        ledger: Number of `actions` per reason, in the order of the checks.
        guards: One row per table that can stop an action (`people`, `consent`, `suppression`,
            `contacts`, `assignment`): its number of `rows`, and the number of `matching` rows,
            whose customer has an action. A table without a matching row has no effect.
        held_out: Actions of the hold-out that would otherwise have been kept: the randomised
            control group for `table`.
        people: People given, for `selection_parity`.
        table: Actions kept, with their channel.

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
        >>> audience = build_audience(actions, as_of="2024-01-31", people=people, consent=consent)
        >>> print(audience.sentence())
        1 of 2 actions kept; left out: 1 no consent.
    """

    _pictures = ("promotion.audience_funnel",)

    as_of: pd.Timestamp
    actions: int
    kept: int
    contradictions: int
    later_records: int
    ledger: pd.DataFrame
    guards: pd.DataFrame
    held_out: pd.DataFrame
    people: pd.DataFrame
    table: pd.DataFrame

    @property
    def left_out(self) -> dict[str, int]:
        """How many actions were left out, by reason."""
        counts = self.ledger["actions"].drop("kept")
        return {str(reason): int(count) for reason, count in counts[counts > 0].items()}

    @property
    def idle_guards(self) -> list[str]:
        """The tables with rows none of which belongs to a customer with an action."""
        idle = (self.guards["rows"] > 0) & (self.guards["matching"] == 0)
        return [str(guard) for guard in self.guards.index[idle]]

    def selected(self) -> pd.Index:
        """Return the customers with at least one action kept, each once."""
        return customer_ids(self.table, "table").unique()

    def _scalars(self) -> dict[str, object]:
        return {
            "as_of": f"{self.as_of:%Y-%m-%d}",
            "actions": self.actions,
            **{str(reason): int(count) for reason, count in self.ledger["actions"].items()},
            "contradictions": self.contradictions,
            "later_records": self.later_records,
            **{f"matching {guard}": int(n) for guard, n in self.guards["matching"].items()},
        }


def build_audience(
    actions: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    people: pd.DataFrame,
    consent: pd.DataFrame,
    suppression: pd.DataFrame | None = None,
    contacts: pd.DataFrame | None = None,
    caps: pd.DataFrame | None = None,
    assignment: pd.DataFrame | None = None,
    holdout: str = "control",
    quiet_hours: tuple[str, str] | None = None,
) -> Audience:
    """Select the actions that may be carried out, and count those left out, by reason.

    An action without a record of consent is left out. Each action gets the first reason that
    applies, in this order:

    1. Its customer is not in the people table.
    2. It repeats another action of the same customer, offer, channel and purpose.
    3. The customer is suppressed.
    4. There is no channel: neither of the action nor a preferred one of the customer.
    5. There is no consent for the channel and purpose on that day (see `check_consent`).
    6. It would be sent in quiet hours.
    7. The customer has been contacted too often.
    8. The customer is in the hold-out. Because this comes last, the hold-out is comparable with the
       actions kept.

    Args:
        actions: Action table with `customer_id, action, purpose`, and optionally `channel, offer,
            priority` (1 first) and `expected_profit` (largest first). The last two decide which
            actions are kept if a cap does not allow all.
        as_of: Last day seen. Later consent records and contacts are ignored and counted.
        people: Table with one row per customer. `preferred_channel` is used if an action has no
            channel.
        consent: Consent table with `customer_id, channel, purpose, granted, since`.
        suppression: Table with `customer_id` and, for single channels, `channel` (missing means all
            channels). None suppresses nobody.
        contacts: Earlier contacts with `customer_id, channel, contact_date`. Needed with `caps`;
            may be empty.
        caps: Contact limits with `max_contacts, window_days` and, for single channels, `channel`.
            The last `window_days` days count, including `as_of` and the actions of this audience.
            None for no limits.
        assignment: Assignment of an experiment with `customer_id, variant`. Customers who are not
            in it are contacted. None for no hold-out.
        holdout: Variant that is never contacted.
        quiet_hours: Start and end of the hours in which nothing is sent, such as `("21:00",
            "08:00")`, in the local time of the column `send_at` of actions. An action without that
            time is left out. None for no quiet hours.

    Returns:
        An `Audience`. Its table has the rows and index of the actions kept, in the given order. The
        selection does not depend on the row order.

    Raises:
        MissingColumnsError: A table lacks a column.
        DataError: A customer occurs twice in people or in the assignment, the ids of two tables
            cannot match, caps have unknown columns, or a table has invalid ids, texts, dates or
            numbers.
        ValueError: No customer is assigned to `holdout`, caps are given without contacts, or quiet
            hours are not times.

    Warns:
        CemkitWarning: Caps or suppression have a channel that no action has and that is unknown, or
            contacts or consent have one that may be misspelled. Such rows have no effect.

    Examples:
        >>> day = pd.to_datetime(["2024-01-01"])
        >>> actions = pd.DataFrame(
        ...     {"customer_id": [1], "action": ["win_back"], "purpose": ["marketing"]}
        ... )
        >>> audience = build_audience(
        ...     actions,
        ...     as_of="2024-01-31",
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
        ... )
        >>> audience.table["channel"].tolist()
        ['wechat']
    """
    day = check_as_of(as_of)
    check_table(actions, "actions", ["action", "purpose"], hint="fire_triggers gives such a table")
    ids = customer_ids(actions, "actions")
    people = by_customer(check_table(people, "people"), "people")
    check_same_ids(ids, people.index, "actions", "people")
    rows = people.index.get_indexer(ids)
    proposed = actions.assign(channel=channels_of(actions, people, rows))
    permission = check_consent(proposed, consent, day)
    turn = turn_of_each(proposed, ids)
    guards = {"people": (len(people), len(np.unique(rows[rows >= 0])))}
    guards["consent"] = (len(consent), permission.matching_records)
    masks = {"unknown customer": rows < 0, "duplicate": repeated(proposed, ids, turn)}
    masks["suppressed"], guards["suppression"] = _suppressed(ids, proposed["channel"], suppression)
    masks |= {
        "no channel": proposed["channel"].isna().to_numpy(),
        "no consent": ~permission.table["consented"].to_numpy(),
        "quiet hours": in_quiet_hours(proposed, quiet_hours),
    }
    open_ = ~np.logical_or.reduce(list(masks.values()))
    limits = contact_caps(caps, contacts, ids, day)
    _warn_of_limits(caps, contacts, proposed["channel"])
    guards["contacts"] = (limits.contacts, limits.matching_contacts)
    masks["contact cap"] = over_cap(limits, ids, proposed["channel"], turn, open_)
    masks["held out"], guards["assignment"] = _held_out(ids, assignment, holdout)
    return _decided(
        day,
        proposed,
        masks=masks,
        guards=guards,
        people=people,
        permission=permission,
        limits=limits,
    )


def _decided(
    day: pd.Timestamp,
    proposed: pd.DataFrame,
    *,
    masks: dict[str, Mask],
    guards: dict[str, tuple[int, int]],
    people: pd.DataFrame,
    permission: ConsentCheck,
    limits: ContactCaps,
) -> Audience:
    """The actions by the first reason that holds, and what the tables had to say."""
    reason = np.select(list(masks.values()), range(len(masks)), default=len(masks))
    counts = np.bincount(reason, minlength=len(REASONS))
    return Audience(
        as_of=day,
        actions=len(proposed),
        kept=int(counts[-1]),
        contradictions=permission.contradictions,
        later_records=permission.later_records + limits.later_contacts,
        ledger=pd.DataFrame({"actions": counts}, index=pd.Index(REASONS, name="reason")),
        guards=pd.DataFrame.from_dict(guards, "index", columns=["rows", "matching"]).rename_axis(
            "guard"
        ),
        held_out=proposed[reason == REASONS.index("held out")],
        people=people,
        table=proposed[reason == REASONS.index("kept")],
    )


def _suppressed(
    ids: pd.Index, channels: pd.Series, suppression: pd.DataFrame | None
) -> tuple[Mask, tuple[int, int]]:
    """Which actions are suppressed; the rows of the list, and how many match."""
    if suppression is None:
        return np.zeros(len(ids), dtype=bool), (0, 0)
    listed = customer_ids(check_table(suppression, "suppression"), "suppression")
    check_same_ids(ids, listed, "actions", "suppression")
    match = len(listed), int(among(listed, ids).sum())
    if "channel" not in suppression.columns:
        return among(ids, listed), match
    only = guarded_channels(suppression, "suppression")
    warn_of_channels(only, channels, "suppression", every=True, stacklevel=3)
    suppressed = among(ids, listed[only.isna().to_numpy()])
    for channel in only.dropna().unique():
        mine = among(ids, listed[(only == channel).to_numpy()])
        suppressed |= (channels == channel).to_numpy() & mine
    return suppressed, match


def _warn_of_limits(
    caps: pd.DataFrame | None, contacts: pd.DataFrame | None, used: pd.Series
) -> None:
    for table, name, every in ((caps, "caps", True), (contacts, "contacts", False)):
        if table is not None and "channel" in table.columns:
            warn_of_channels(table["channel"], used, name, every=every, stacklevel=3)


def _held_out(
    ids: pd.Index, assignment: pd.DataFrame | None, holdout: str
) -> tuple[Mask, tuple[int, int]]:
    """Which actions are held out; the rows of the assignment, and how many match."""
    if assignment is None:
        return np.zeros(len(ids), dtype=bool), (0, 0)
    assignment = by_customer(check_table(assignment, "assignment", ["variant"]), "assignment")
    check_same_ids(ids, assignment.index, "actions", "assignment")
    variants = _variants(pd.Index(assignment["variant"]), "variant")
    never = pd.isna(variants)
    wanted = _variants(pd.Index([holdout]), "holdout")[0]
    if pd.isna(wanted) or not (variants == wanted).any():
        there = sorted(set(variants[~never]))
        raise ValueError(
            f"no customer is assigned to {holdout!r}, only to {there}; "
            "name the variant that must not be contacted in holdout="
        )
    match = len(assignment), int(among(assignment.index, ids).sum())
    return among(ids, assignment.index[never | (variants == wanted)]), match


def _variants(values: pd.Index, name: str) -> npt.NDArray[np.object_]:
    """Variants in one spelling, without case; None where one is missing."""
    codes, distinct = pd.factorize(normal_ids(values, name))
    words = [folded(str(value)) for value in distinct]
    return np.array([*words, None], dtype=object)[codes]
