"""fire_triggers: from what changed between two snapshots of the customers to actions."""

import dataclasses
import datetime as dt
import warnings
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_frame,
    check_integer,
    check_same_ids,
    customer_ids,
    folded,
    local_days,
    meant,
)
from cemkit.checks.options import LARGEST_INTEGER, LONGEST_WINDOW_DAYS, shown
from cemkit.data.columns import (
    check_table,
    distinct_values,
    numbers,
    plain_words,
    whole_numbers,
    written_floats,
)
from cemkit.data.conditions import read_condition
from cemkit.errors import CemkitWarning, DataError, MissingColumnsError
from cemkit.formats import count_text
from cemkit.promotion.conditions import evidence_of, newly_true
from cemkit.promotion.snapshots import Snapshots, match_snapshots
from cemkit.results import Result

RULE_COLUMNS = [
    "rule",
    "when",
    "then",
    "priority",
    "offer",
    "channel",
    "purpose",
    "profit",
    "cooldown_days",
    "max_customers",
]
ACTION_COLUMNS = [
    "customer_id",
    "action",
    "offer",
    "channel",
    "purpose",
    "reason",
    "evidence",
    "expected_profit",
    "priority",
    "as_of",
]
OUTCOMES = ["fired", "cooling_down", "outranked", "over_cap"]
NEAR = 0.8  # likeness of two words, of which one may be a misspelling of the other
FIRED, COOLING_DOWN, OUTRANKED, OVER_CAP = range(len(OUTCOMES))

STANDARD_TRIGGERS = pd.DataFrame(
    [
        ("after-sales", "last_return_date due", "after_sales", 30),
        ("win-back by profit", "retention_profit > 0", "win_back", 60),
        ("win-back by risk", "churn_probability > 0.5", "win_back", 60),
        ("contract ends", "contract_end due in 30 days", "upgrade", 30),
        ("amount reached", "total_amount >= 1000", "upgrade", 365),
        ("replenishment", "due_date due", "replenish", 14),
        ("birthday", "birthday yearly in 7 days", "greet", 300),
        ("anniversary", "first_order_date yearly", "greet", 300),
        ("detractor", "last_detractor_date due", "rescue", 60),
    ],
    columns=["rule", "when", "then", "cooldown_days"],
)


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class FiredTriggers(Result):
    """Actions due since the last snapshot, from `fire_triggers`.

    Attributes:
        as_of: Last day seen.
        crossed: Number of times a rule's condition became true for a customer; the `ledger` adds up
            to it.
        fired: Number of actions that are due.
        ledger: One row per rule, in order of priority: `crossed`, which is the sum of `fired`,
            `cooling_down` (the customer had the same action recently), `outranked` (a rule of
            higher priority gave the same action) and `over_cap`.
        table: One row per action that is due.

    Examples:
        >>> rules = pd.DataFrame(
        ...     {"rule": ["win-back"], "when": ["churn_probability > 0.5"], "then": ["win_back"]}
        ... )
        >>> after = pd.DataFrame({"customer_id": [1, 2], "churn_probability": [0.6, 0.8]})
        >>> earlier = fire_triggers(None, after[:1], rules, as_of="2024-01-31")
        >>> fired = fire_triggers(None, after, rules, as_of="2024-01-31", fired=earlier.table)
        >>> fired.ledger
                  crossed  fired  cooling_down  outranked  over_cap
        rule
        win-back        2      1             1          0         0
        >>> print(fired.sentence())
        1 of 2 crossings gave an action; held back: 1 cooling down.
    """

    _pictures = ("promotion.fired_triggers",)

    as_of: pd.Timestamp
    crossed: int
    fired: int
    ledger: pd.DataFrame
    table: pd.DataFrame

    @property
    def held_back(self) -> dict[str, int]:
        """How many crossings gave no action, by what held them back."""
        counts = self.ledger.drop(columns=["crossed", "fired"]).sum()
        return {str(name): int(count) for name, count in counts.items() if count}


def fire_triggers(
    before: pd.DataFrame | None,
    after: pd.DataFrame,
    rules: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    since: str | dt.date | pd.Timestamp | None = None,
    fired: pd.DataFrame | None = None,
    max_per_customer: int | None = None,
    orders: Any = None,
) -> FiredTriggers:
    """Return the actions that are due because of changes since the last snapshot.

    A rule fires if its condition is true in `after` and was not true in `before`. So each crossing
    fires once, and two equal snapshots fire nothing. If several rules give a customer the same
    action, the rule of highest priority counts.

    In each row of the rule table, `when` is a condition in words and `then` is the action. A
    condition consists of one or several of these clauses, joined by `and`:

    - State: `"churn_probability > 0.5"`, `"segment = At risk"`, `"last_order_date < 2024-01-01"`,
      `"is_member = true"`. The signs are `> >= < <= = !=`; text and flags take only `=` and `!=`.
    - New value: `"stage becomes churned"`. The value was different before, or there was none.
    - Change: `"clv rose by 20%"`, `"mean_amount fell by 15"`, from `before` to `after` by at least
      this share or amount.
    - Date: `"due_date due"`, `"contract_end due in 30 days"`, `"last_order_date due 60 days ago"`,
      `"birthday yearly in 7 days"`, once or every year.
    - Purchases: `"bought category sports >= 3 times in 180 days"`, `"bought >= 1 times in 30
      days"`. Orders count up to `as_of` and, for the earlier state, up to `since`.

    New values, changes and dates must have occurred since the last snapshot, and all other clauses
    must be true in `after`. A condition without one of these three fires only if it was not true in
    `before`. A missing value is unknown, and an unknown clause is not true. Put names or values
    that contain signs or `and` in quotes, as in `category = "Food and drink"`.
    `cemkit.promotion.triggers.STANDARD_TRIGGERS` is a table to start from; keep the rows whose
    columns you have.

    Args:
        before: Customers as of `since`, one row each. None if there is no earlier snapshot; then
            everyone who satisfies a condition has just crossed it.
        after: Customers as of `as_of`. Customers who are only in `before` fire nothing.
        rules: Rule table with `rule, when, then`, and optionally `priority` (1 is first; default
            the order of the rows), `offer`, `channel` (default the customer's `preferred_channel`,
            if in `after`), `purpose` (default `"marketing"`), `profit` (the column of `after` with
            the expected profit), `cooldown_days` (number of days without the same action again; at
            least the day itself) and `max_customers` (the most profitable first, then by id).
        as_of: Last day seen.
        since: Day of `before`. Needed by rules about dates and purchases.
        fired: Actions of earlier runs with `customer_id, action, as_of`, for the cool-downs.
            Actions after `as_of` are ignored. Actions match regardless of case, width and surplus
            blanks. None for no earlier runs.
        max_per_customer: Largest number of actions per customer in this run, by priority. None for
            no limit.
        orders: Order table with `customer_id, order_date, amount` and the columns that a rule names
            after `bought`, on any engine. Without `order_id` an order is a day.

    Returns:
        A `FiredTriggers`. Its `table` has the actions, sorted by priority, then customer. `reason`
        is the rule, `evidence` the value and the condition, and `expected_profit` is missing if the
        rule names no profit. Its `ledger` counts per rule why other actions were held back. Both
        are the same in any row order.

    Raises:
        MissingColumnsError: A snapshot or rule table lacks a column.
        DataError: A column holds the wrong type, rules share a name or a priority, the rule table
            has unknown columns, an id occurs twice, or a rule asks for text that differs from what
            the customers have only in case, blanks or width.
        ValueError: A condition cannot be read, a rule about dates or purchases lacks `since`, or
            one about purchases lacks `orders`.

    Warns:
        CemkitWarning: No row of `fired` has a customer of `after` or an action of the rules, an
            action of `fired` may be misspelled, or a rule asks for a text that no customer has and
            that is not a segment or stage of cemkit.

    Examples:
        >>> rules = pd.DataFrame(
        ...     {"rule": ["win-back"], "when": ["churn_probability > 0.5"], "then": ["win_back"]}
        ... )
        >>> before = pd.DataFrame({"customer_id": [1, 2], "churn_probability": [0.3, 0.7]})
        >>> after = before.assign(churn_probability=[0.6, 0.8])
        >>> fired = fire_triggers(before, after, rules, as_of="2024-01-31")
        >>> fired.table[["customer_id", "action", "evidence"]]
           customer_id    action                              evidence
        0            1  win_back  churn_probability 0.6 > 0.5, was 0.3
    """
    table = _rule_table(rules)
    snapshots = match_snapshots(before, after, as_of=as_of, since=since, orders=orders)
    crossings = _crossings(table, snapshots)
    outcome = _outcomes(crossings, table, snapshots, fired, max_per_customer)
    return FiredTriggers(
        as_of=snapshots.as_of,
        crossed=len(crossings),
        fired=int((outcome == FIRED).sum()),
        ledger=_ledger(crossings, outcome, table),
        table=_actions(crossings[outcome == FIRED], table, snapshots),
    )


def _ledger(
    crossings: pd.DataFrame, outcome: npt.NDArray[np.int8], table: pd.DataFrame
) -> pd.DataFrame:
    """How often each rule was crossed, and what became of it."""
    counts = np.zeros((len(table), len(OUTCOMES)), dtype=np.int64)
    np.add.at(counts, (crossings["rule"].to_numpy(), outcome), 1)
    ledger = pd.DataFrame(counts, columns=OUTCOMES, index=pd.Index(table["rule"], name="rule"))
    ledger.insert(0, "crossed", counts.sum(axis=1))
    return ledger


def _rule_table(rules: pd.DataFrame) -> pd.DataFrame:
    """The rules with every column and the `condition` that `when` says, by priority."""
    check_table(check_frame(rules, "rules"), "rules", RULE_COLUMNS[:3], known=RULE_COLUMNS)
    table = rules.reindex(columns=RULE_COLUMNS).reset_index(drop=True)
    for column in ("rule", "when", "then", "channel", "purpose", "profit"):
        table[column] = pd.Series(plain_words(table[column], column), dtype="str")
    table["purpose"] = table["purpose"].fillna("marketing")
    pauses = whole_numbers(
        table["cooldown_days"], "cooldown_days", minimum=0, maximum=LONGEST_WINDOW_DAYS
    )
    table["cooldown_days"] = np.nan_to_num(pauses)
    most = whole_numbers(
        table["max_customers"], "max_customers", minimum=0, maximum=LARGEST_INTEGER
    )
    table["max_customers"] = np.where(np.isnan(most), np.inf, most)
    table["priority"] = _priorities(rules)
    _check_rules(table)
    table["condition"] = table["when"].map(read_condition)
    return table.sort_values("priority", ignore_index=True)


def _priorities(rules: pd.DataFrame) -> Floats | npt.NDArray[np.int64]:
    """The priority of each rule, whole where all are; the order of the rows where none is given."""
    if "priority" not in rules.columns:
        return np.arange(1, len(rules) + 1)
    given = written_floats(numbers(rules["priority"], "priority"))
    if np.isinf(given).any():
        raise DataError("priority must be finite numbers, where 1 is first; correct the others")
    whole = np.isfinite(given) & (given % 1 == 0) & (np.abs(given) <= LARGEST_INTEGER)
    return given.astype(np.int64) if whole.all() else given


def _check_rules(table: pd.DataFrame) -> None:
    for column in ("rule", "priority"):
        if table[column].isna().any():
            raise DataError(f"a rule has no {column}; fill it in")
        twice = table.loc[table[column].duplicated(), column].tolist()
        if twice:
            raise DataError(
                f"two rules have the {column} {twice[0]!r}; give each its own, so that their "
                "order is clear"
            )
    if table["then"].isna().any():
        raise DataError("a rule has no action in 'then'; fill it in")
    if table["when"].isna().any():
        raise DataError("a rule has no condition in 'when'; fill it in")


def _crossings(table: pd.DataFrame, snapshots: Snapshots) -> pd.DataFrame:
    """Where a rule came true: `rule`, `customer_id`, `row`, `expected_profit`, in that order."""
    if snapshots.since is None:
        _check_since(table, first_run=snapshots.earlier.table is None)
    hits = [np.flatnonzero(newly_true(condition, snapshots)) for condition in table["condition"]]
    rows = np.concatenate(hits)
    crossings = pd.DataFrame(
        {
            "rule": np.repeat(np.arange(len(hits)), [len(hit) for hit in hits]),
            "customer_id": snapshots.after.index.take(rows),
            "row": rows,
            "expected_profit": _profits(snapshots.after, table, hits),
        }
    )
    return crossings.sort_values(["rule", "customer_id"], ignore_index=True)


def _check_since(table: pd.DataFrame, *, first_run: bool) -> None:
    """Raise where a rule looks back to the earlier day and that day is not given."""
    for rule, condition in zip(table["rule"], table["condition"], strict=True):
        said = [f"{clause.column} {clause.kind}" for clause in condition.dated]
        said += [] if first_run else ["what was bought" for _ in condition.bought]
        if said:
            raise ValueError(
                f"the rule {rule!r} about {said[0]} needs the day of the earlier snapshot; "
                "give it as since="
            )


def _profits(after: pd.DataFrame, table: pd.DataFrame, hits: list[npt.NDArray[np.intp]]) -> Floats:
    profits = []
    for column, rows in zip(table["profit"], hits, strict=True):
        if pd.isna(column):
            profits.append(np.full(len(rows), np.nan))
        elif column in after.columns:
            profits.append(written_floats(numbers(after[column], column)[rows]))
        else:
            raise MissingColumnsError([column], after.columns, "a rule names it as its profit")
    return np.concatenate(profits)


def _outcomes(
    crossings: pd.DataFrame,
    table: pd.DataFrame,
    snapshots: Snapshots,
    fired: pd.DataFrame | None,
    max_per_customer: int | None,
) -> npt.NDArray[np.int8]:
    """The place in `OUTCOMES` of what became of each crossing: the first reason that holds."""
    most = np.inf
    if max_per_customer is not None:
        most = check_integer(max_per_customer, "max_per_customer", minimum=1)
    table = table.assign(action=pd.factorize(table["then"].map(folded))[0])
    caps = table["max_customers"].to_numpy()
    past = _latest_actions(fired, table, snapshots)
    left = crossings.assign(action=table["action"].to_numpy()[crossings["rule"].to_numpy()])
    outcome = np.full(len(left), FIRED, dtype=np.int8)
    for reason, held_back in (
        (COOLING_DOWN, lambda open_: _cooling_down(open_, table, past)),
        (OUTRANKED, lambda open_: open_.duplicated(["row", "action"])),
        (OVER_CAP, lambda open_: _place_in_rule(open_) >= caps[open_["rule"].to_numpy()]),
        (OVER_CAP, lambda open_: open_.groupby("row").cumcount() >= most),
    ):
        held = held_back(left).to_numpy()
        outcome[left.index[held]] = reason
        left = left[~held]
    return outcome


def _cooling_down(left: pd.DataFrame, table: pd.DataFrame, past: pd.Series | None) -> pd.Series:
    if past is None:
        return pd.Series(False, index=left.index)
    rule = left["rule"].to_numpy()
    wanted = table["action"].to_numpy()[rule] + left["row"].to_numpy() * len(table)
    pause = table["cooldown_days"].clip(lower=1).to_numpy()[rule]
    return pd.Series(past.reindex(wanted).to_numpy() < pause, index=left.index)


def _latest_actions(
    fired: pd.DataFrame | None, table: pd.DataFrame, snapshots: Snapshots
) -> pd.Series | None:
    """The days since each customer's latest action, by the number of action and customer."""
    if fired is None:
        return None
    check_table(
        fired, "fired", ["action", "as_of"], hint="fired is the actions table of earlier runs"
    )
    ids = customer_ids(fired, "fired")
    check_same_ids(snapshots.after.index, ids, "after", "fired")
    days = local_days(fired["as_of"], "as_of of fired")
    if np.isnat(days).any():
        raise DataError(f"as_of is missing in {count_text(np.isnat(days).sum(), 'rows')} of fired")
    age = pd.Series((np.datetime64(snapshots.as_of, "D") - days).astype(np.int64))
    action = _action_codes(fired["action"], table)
    row = snapshots.after.index.get_indexer(ids)
    if len(row) and (row < 0).all():
        _warn(
            f"none of the {count_text(len(row), 'rows')} of fired is of a customer in after; the "
            f"first is of {ids.tolist()[0]!r}, so no cool-down holds",
            stacklevel=5,
        )
    mine = (action >= 0) & (row >= 0) & (age.to_numpy() >= 0)
    number = action[mine] + row[mine] * len(table)
    latest: pd.Series = age[mine].groupby(number).min()
    return latest


def _action_codes(actions: pd.Series, table: pd.DataFrame) -> npt.NDArray[np.intp]:
    """For each action taken the number of that action among the rules; -1 where no rule has it."""
    codes, spellings = distinct_values(actions, "action")
    words = plain_words(pd.Series(spellings, dtype=object), "action")
    missing = np.count_nonzero(np.append(pd.isna(words), True)[codes])
    if missing:
        raise DataError(f"action is missing in {count_text(missing, 'rows')} of fired")
    ours = {folded(word): word for word in table["then"]}
    places = pd.Index(list(ours)).get_indexer(pd.Index([folded(word) for word in words]))
    for word in (word for word, place in zip(words, places, strict=True) if place < 0):
        hint = meant(word, ours.values(), NEAR)
        if hint:
            _warn(
                f"fired has the action {shown(word)}, which no rule has{hint}, so it causes "
                "no cool-down",
                stacklevel=6,
            )
    if len(places) and (places < 0).all():
        _warn(
            f"none of the {count_text(len(actions), 'rows')} of fired has an action of the rules "
            f"{list(ours.values())}; the first has {words[0]!r}, so no cool-down holds",
            stacklevel=6,
        )
    return np.append(places, -1)[codes]


def _warn(message: str, stacklevel: int) -> None:
    warnings.warn(message, CemkitWarning, stacklevel=stacklevel)


def _place_in_rule(left: pd.DataFrame) -> pd.Series:
    """0 for the most profitable crossing of each rule, 1 for the next, by id where they tie."""
    best_first = left.sort_values("expected_profit", ascending=False, kind="stable")
    place: pd.Series = best_first.groupby("rule").cumcount()
    return place.reindex(left.index)


def _actions(due: pd.DataFrame, table: pd.DataFrame, snapshots: Snapshots) -> pd.DataFrame:
    said = table.take(due["rule"].to_numpy()).reset_index(drop=True)
    channel = said["channel"].astype(object)
    if "preferred_channel" in snapshots.after.columns:
        preferred = snapshots.after["preferred_channel"].take(due["row"].to_numpy())
        channel = channel.where(channel.notna(), preferred.reset_index(drop=True))
    actions = due[["customer_id", "expected_profit"]].reset_index(drop=True)
    return actions.assign(
        action=said["then"],
        offer=said["offer"],
        channel=channel,
        purpose=said["purpose"],
        reason=said["rule"],
        evidence=_evidence(due, table, snapshots),
        priority=said["priority"],
        as_of=snapshots.as_of,
    )[ACTION_COLUMNS]


def _evidence(due: pd.DataFrame, table: pd.DataFrame, snapshots: Snapshots) -> list[str]:
    """The value that made each rule fire, in words, in the order of `due`."""
    texts: list[str] = []
    for number, condition in enumerate(table["condition"]):
        rows = due.loc[due["rule"] == number, "row"].to_numpy()
        texts += evidence_of(condition, snapshots, rows) if len(rows) else []
    return texts
