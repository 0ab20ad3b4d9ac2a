"""fire_triggers: from what changed between two snapshots of the customers to actions."""

import datetime as dt

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks import (
    by_customer,
    check_as_of,
    check_columns,
    check_frame,
    check_integer,
    check_same_ids,
    customer_ids,
    finite_values,
)
from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion.conditions import Condition, newly_true, read_condition

RULE_COLUMNS = {  # and what stands where the rule table lacks the column
    "rule": None,
    "when": None,
    "then": None,
    "priority": None,
    "offer": None,
    "channel": None,
    "purpose": "marketing",
    "profit": None,
    "cooldown_days": 0,
    "max_customers": None,
}
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

STANDARD_TRIGGERS = pd.DataFrame(
    [
        ("after-sales", "last_return_date due", "after_sales", 30),
        ("win-back by profit", "retention_profit > 0", "win_back", 60),
        ("win-back by risk", "churn_probability > 0.5", "win_back", 60),
        ("contract ends", "contract_end due in 30 days", "upgrade", 30),
        ("amount reached", "total_amount >= 1000", "upgrade", 365),
        ("replenishment", "next_order_date due", "replenish", 14),
        ("birthday", "birthday yearly in 7 days", "greet", 300),
        ("anniversary", "first_order_date yearly", "greet", 300),
    ],
    columns=["rule", "when", "then", "cooldown_days"],
)


def fire_triggers(
    before: pd.DataFrame | None,
    after: pd.DataFrame,
    rules: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    since: str | dt.date | pd.Timestamp | None = None,
    fired: pd.DataFrame | None = None,
    max_per_customer: int | None = None,
) -> pd.DataFrame:
    """The actions that are due to customers because of what changed since the last snapshot.

    A rule fires where its condition holds `after` and did not hold `before`, so each crossing
    fires once, and two equal snapshots fire nothing. Of the rules that fire for a customer with
    the same action, the one first in priority gives it.

    A row of the rule table says, in words, `when` a column of the snapshots crosses a threshold
    (`"churn_probability > 0.5"`), a date is due (`"next_order_date due"`, `"contract_end due in 30
    days"`, `"last_order_date due 60 days ago"`) or comes round (`"birthday yearly in 7 days"`),
    and which action `then` follows. `cemkit.promotion.triggers.STANDARD_TRIGGERS` is one to begin
    with: take the rows whose columns you have.

    Args:
        before: The customers as of `since`, one row each; None where there is no earlier snapshot,
            and then everyone who meets a threshold has just crossed it.
        after: The customers as of `as_of`. Customers in `before` alone fire nothing.
        rules: `rule, when, then`, and where wanted `priority` (1 is first; else the order of the
            rows), `offer`, `channel` (else the customer's `preferred_channel`, where `after` has
            it), `purpose` (else `"marketing"`), `profit` (the column of `after` that holds the
            expected profit), `cooldown_days` (none for that long after the same action; at least
            the day itself) and `max_customers` (the most profitable first, then by id).
        as_of: The last day seen.
        since: The day of `before`; rules about dates need it.
        fired: Actions of earlier runs, for the cool-downs; those after `as_of` are not looked at.
        max_per_customer: The most actions a customer gets in this run, by priority.

    Returns:
        The actions table, by priority, then customer; `reason` names the rule, `evidence` the
        value and the condition, `expected_profit` is missing where the rule names no profit. It is
        the same in any order of rows. `audit_triggers` counts what held other actions back.

    Raises:
        MissingColumnsError: A snapshot or rule table lacks a column.
        DataError: A column holds the wrong type, rules share a name or a priority, the rule table
            has unknown columns, or an id occurs twice.
        ValueError: A condition cannot be read, or a date rule lacks `since`.

    Examples:
        >>> rules = pd.DataFrame(
        ...     {"rule": ["win-back"], "when": ["churn_probability > 0.5"], "then": ["win_back"]}
        ... )
        >>> before = pd.DataFrame({"customer_id": [1, 2], "churn_probability": [0.3, 0.7]})
        >>> after = before.assign(churn_probability=[0.6, 0.8])
        >>> actions = fire_triggers(before, after, rules, as_of="2024-01-31")
        >>> actions[["customer_id", "action", "evidence"]]
           customer_id    action                              evidence
        0            1  win_back  churn_probability 0.6 > 0.5, was 0.3
    """
    day = check_as_of(as_of)
    table, conditions = _rule_table(rules)
    crossings = _crossings(before, after, table, conditions, day, since)
    crossings["outcome"] = _outcomes(crossings, table, fired, day, max_per_customer)
    due = crossings[crossings["outcome"] == "fired"]
    return _actions(due, table, conditions, before, after, day)


def audit_triggers(
    before: pd.DataFrame | None,
    after: pd.DataFrame,
    rules: pd.DataFrame,
    as_of: str | dt.date | pd.Timestamp,
    *,
    since: str | dt.date | pd.Timestamp | None = None,
    fired: pd.DataFrame | None = None,
    max_per_customer: int | None = None,
) -> pd.DataFrame:
    """How often each rule was crossed, and what became of it.

    Args:
        before: As in `fire_triggers`.
        after: As in `fire_triggers`.
        rules: As in `fire_triggers`.
        as_of: As in `fire_triggers`.
        since: As in `fire_triggers`.
        fired: As in `fire_triggers`.
        max_per_customer: As in `fire_triggers`.

    Returns:
        One row per rule, in the order of priority: `crossed`, and the four it is the sum of:
        `fired`, `cooling_down` (the action was taken too lately), `outranked` (a rule of higher
        priority gave the same action) and `over_cap`.

    Examples:
        >>> rules = pd.DataFrame(
        ...     {"rule": ["win-back"], "when": ["churn_probability > 0.5"], "then": ["win_back"]}
        ... )
        >>> after = pd.DataFrame({"customer_id": [1, 2], "churn_probability": [0.6, 0.8]})
        >>> earlier = fire_triggers(None, after[:1], rules, as_of="2024-01-31")
        >>> audit_triggers(None, after, rules, as_of="2024-01-31", fired=earlier)
                  crossed  fired  cooling_down  outranked  over_cap
        rule
        win-back        2      1             1          0         0
    """
    day = check_as_of(as_of)
    table, conditions = _rule_table(rules)
    crossings = _crossings(before, after, table, conditions, day, since)
    outcome = _outcomes(crossings, table, fired, day, max_per_customer)
    counts = np.zeros((len(table), len(OUTCOMES)), dtype=np.int64)
    np.add.at(counts, (crossings["rule"].to_numpy(), outcome.cat.codes.to_numpy()), 1)
    audit = pd.DataFrame(counts, columns=OUTCOMES, index=pd.Index(table["rule"], name="rule"))
    audit.insert(0, "crossed", counts.sum(axis=1))
    return audit


def _rule_table(rules: pd.DataFrame) -> tuple[pd.DataFrame, list[Condition]]:
    """The rules with every column, in the order of their priority, and their conditions."""
    check_frame(rules, "rules")
    check_columns(rules.columns, ["rule", "when", "then"])
    unknown = [column for column in rules.columns if column not in RULE_COLUMNS]
    if unknown:
        raise DataError(f"rules has an unknown column {unknown[0]!r}; it takes {[*RULE_COLUMNS]}")
    table = rules.reindex(columns=list(RULE_COLUMNS)).reset_index(drop=True)
    for column, value in (("purpose", "marketing"), ("cooldown_days", 0)):
        if column not in rules.columns:
            table[column] = value
    if "priority" not in rules.columns:
        table["priority"] = np.arange(1, len(table) + 1)
    _check_rules(table)
    table = table.sort_values("priority", ignore_index=True)
    return table, [read_condition(text) for text in table["when"]]


def _check_rules(table: pd.DataFrame) -> None:
    for column in ("rule", "priority"):
        if table[column].isna().any():
            raise DataError(f"a rule has no {column}")
        twice = table.loc[table[column].duplicated(), column]
        if len(twice):
            raise DataError(
                f"two rules have the {column} {twice.iloc[0]!r}; give each its own, "
                "so that which comes first is never left to chance"
            )
    if table["then"].isna().any():
        raise DataError("a rule has no action in 'then'")
    finite_values(table["priority"], "priority")
    if (finite_values(table["cooldown_days"], "cooldown_days") < 0).any():
        raise DataError("cooldown_days must not be negative")


def _crossings(
    before: pd.DataFrame | None,
    after: pd.DataFrame,
    table: pd.DataFrame,
    conditions: list[Condition],
    as_of: pd.Timestamp,
    since: str | dt.date | pd.Timestamp | None,
) -> pd.DataFrame:
    """`row` of after, `earlier` row of before, `rule`, by priority, then customer."""
    start = _since(since, as_of, conditions)
    after = by_customer(check_frame(after, "after"), "after")
    earlier = np.full(len(after), -1, dtype=np.intp)
    if before is not None:
        before = by_customer(before, "before")
        check_same_ids(after.index, before.index, "after", "before")
        earlier = before.index.get_indexer(after.index)
    hits = [
        np.flatnonzero(newly_true(condition, before, after, earlier, start, as_of))
        for condition in conditions
    ]
    rows = np.concatenate(hits)
    crossings = pd.DataFrame(
        {
            "rule": np.repeat(np.arange(len(hits)), [len(hit) for hit in hits]),
            "customer_id": after.index.take(rows),
            "row": rows,
            "earlier": earlier[rows],
            "expected_profit": _profits(after, table, hits),
        }
    )
    return crossings.sort_values(["rule", "customer_id"], ignore_index=True)


def _since(
    since: str | dt.date | pd.Timestamp | None, as_of: pd.Timestamp, conditions: list[Condition]
) -> pd.Timestamp | None:
    if since is None:
        dated = [condition for condition in conditions if condition.is_date]
        if dated:
            raise ValueError(
                f"the rule about {dated[0].column} {dated[0].kind} needs since=, "
                "the day up to which dates have been looked at already"
            )
        return None
    start = check_as_of(since)
    if start > as_of:
        raise ValueError(f"since={start:%Y-%m-%d} lies after as_of={as_of:%Y-%m-%d}")
    return start


def _profits(
    after: pd.DataFrame, table: pd.DataFrame, hits: list[npt.NDArray[np.intp]]
) -> npt.NDArray[np.float64]:
    profits = []
    for column, rows in zip(table["profit"], hits, strict=True):
        if pd.isna(column):
            profits.append(np.full(len(rows), np.nan))
        elif column in after.columns:
            profits.append(after[column].to_numpy(dtype=np.float64, na_value=np.nan)[rows])
        else:
            raise MissingColumnsError([column], after.columns, "a rule names it as its profit")
    return np.concatenate(profits)


def _outcomes(
    crossings: pd.DataFrame,
    table: pd.DataFrame,
    fired: pd.DataFrame | None,
    as_of: pd.Timestamp,
    max_per_customer: int | None,
) -> pd.Series:
    """What became of each crossing, as a categorical of `OUTCOMES`."""
    action, _ = pd.factorize(table["then"])
    open_ = crossings.assign(action=action[crossings["rule"].to_numpy()])
    outcome = np.zeros(len(open_), dtype=np.int8)

    def hold_back(held: pd.Series, reason: str) -> None:
        nonlocal open_
        outcome[open_.index[held.to_numpy()]] = OUTCOMES.index(reason)
        open_ = open_[~held.to_numpy()]

    if fired is not None and len(fired):
        hold_back(_cooling_down(open_, table, fired, as_of), "cooling_down")
    hold_back(open_.duplicated(["row", "action"]), "outranked")
    hold_back(_past_rule_cap(open_, table), "over_cap")
    if max_per_customer is not None:
        check_integer(max_per_customer, "max_per_customer", minimum=1)
        hold_back(open_.groupby("row").cumcount() >= max_per_customer, "over_cap")
    return pd.Series(pd.Categorical.from_codes(outcome, OUTCOMES), index=crossings.index)


def _cooling_down(
    open_: pd.DataFrame, table: pd.DataFrame, fired: pd.DataFrame, as_of: pd.Timestamp
) -> pd.Series:
    check_columns(fired.columns, ["action", "as_of"], "fired is the actions table of earlier runs")
    ids = customer_ids(fired, "fired")
    check_same_ids(ids, pd.Index(open_["customer_id"]), "fired", "after")
    past = pd.DataFrame({"customer_id": ids, "then": fired["action"].array, "last": fired["as_of"]})
    past = past[past["last"] <= as_of].groupby(["customer_id", "then"], as_index=False).max()
    last = (
        open_[["customer_id", "rule"]]
        .assign(then=table["then"].to_numpy()[open_["rule"].to_numpy()])
        .merge(past, on=["customer_id", "then"], how="left")["last"]
    )
    pause = table["cooldown_days"].clip(lower=1).to_numpy()[open_["rule"].to_numpy()]
    age = (as_of - last).dt.days
    return pd.Series((age < pause).to_numpy(), index=open_.index)


def _past_rule_cap(open_: pd.DataFrame, table: pd.DataFrame) -> pd.Series:
    caps = table["max_customers"].astype("float64").fillna(np.inf).to_numpy()
    best_first = open_.sort_values("expected_profit", ascending=False, kind="stable")
    place = best_first.groupby("rule").cumcount().reindex(open_.index)
    return place >= caps[open_["rule"].to_numpy()]


def _actions(
    due: pd.DataFrame,
    table: pd.DataFrame,
    conditions: list[Condition],
    before: pd.DataFrame | None,
    after: pd.DataFrame,
    as_of: pd.Timestamp,
) -> pd.DataFrame:
    rule = due["rule"].to_numpy()
    said = table.take(rule).reset_index(drop=True)
    actions = due[["customer_id", "expected_profit"]].reset_index(drop=True)
    actions = actions.assign(
        action=said["then"],
        offer=said["offer"],
        channel=said["channel"],
        purpose=said["purpose"],
        reason=said["rule"],
        evidence=_evidence(due, conditions, before, after),
        priority=said["priority"],
        as_of=as_of,
    )
    if "preferred_channel" in after.columns:
        preferred = after["preferred_channel"].take(due["row"].to_numpy())
        actions["channel"] = (
            actions["channel"].astype(object).fillna(preferred.reset_index(drop=True))
        )
    return actions[ACTION_COLUMNS]


def _evidence(
    due: pd.DataFrame,
    conditions: list[Condition],
    before: pd.DataFrame | None,
    after: pd.DataFrame,
) -> list[str]:
    texts: list[str] = []
    for number, condition in enumerate(conditions):
        mine = due[due["rule"] == number]
        values = after[condition.column].take(mine["row"].to_numpy())
        if condition.is_date:
            texts += [f"{condition.column} {day}" for day in values.dt.strftime("%Y-%m-%d")]
            continue
        head, tail = f"{condition.column} ", f" {condition.kind} {condition.number:.15g}"
        earlier = np.full(len(mine), np.nan)
        if before is not None:
            known = mine["earlier"].to_numpy()
            past = before[condition.column].to_numpy(dtype=np.float64, na_value=np.nan)
            earlier = np.where(known < 0, np.nan, past[known])
        texts += [
            f"{head}{now:.15g}{tail}" + (f", was {was:.15g}" if was == was else "")
            for now, was in zip(
                values.to_numpy(dtype=np.float64).round(6), earlier.round(6), strict=True
            )
        ]
    return texts
