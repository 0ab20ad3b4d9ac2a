"""Promotion actions at scale, on seeded simulated customers: triggers, audience, messages, coupons.

No library that can be installed does these jobs, so the peer is what people write themselves: plain
pandas for the triggers, a string template per row for the messages.
"""

import secrets
import string
from collections.abc import Callable

import numpy as np
import pandas as pd
from rows import in_turns, peak_megabytes, report, sized

from cemkit import build_audience, fire_triggers, issue_coupons, render_messages
from cemkit.promotion import actions_for

ROUNDS = 3
SIZE = sized(1_000_000, 10_000)
DAY = pd.Timestamp("2024-03-31")
CHANNELS = ["email", "sms", "wechat"]


def days_before(rng: np.random.Generator, size: int, within: int) -> pd.Series:
    return pd.Series(DAY - pd.to_timedelta(rng.integers(0, within, size), unit="D"))


def snapshot(rng: np.random.Generator) -> pd.DataFrame:
    columns = {f"score_{i}": rng.random(SIZE) for i in range(15)}
    dates = {f"date_{i}": days_before(rng, SIZE, 90) + pd.Timedelta(days=60) for i in range(5)}
    return pd.DataFrame(columns | dates, index=pd.RangeIndex(SIZE, name="customer_id"))


def trigger_rules() -> pd.DataFrame:
    when = [f"score_{i} > 0.98" for i in range(15)] + [f"date_{i} due" for i in range(5)]
    return pd.DataFrame(
        {
            "rule": [f"rule {i}" for i in range(20)],
            "when": when,
            "then": [f"a{i}" for i in range(20)],
        }
    )


def by_hand(before: pd.DataFrame, after: pd.DataFrame, since: pd.Timestamp) -> int:
    """The crossings alone: no evidence, no order, no table of actions."""
    before = before.reindex(after.index)
    count = 0
    for i in range(15):
        count += int(((after[f"score_{i}"] > 0.98) & ~(before[f"score_{i}"] > 0.98)).sum())
    for i in range(5):
        new = (after[f"date_{i}"] > since) | ~(before[f"date_{i}"] <= since)
        count += int(((after[f"date_{i}"] <= DAY) & new).sum())
    return count


def audience_tables(
    rng: np.random.Generator, n_actions: int, n_contacts: int
) -> dict[str, pd.DataFrame]:
    people = pd.DataFrame(
        {
            "customer_id": np.arange(n_actions),
            "name": [f"Customer {i}" for i in range(n_actions)],
            "preferred_channel": rng.choice(CHANNELS, n_actions),
            "language": rng.choice(["en", "zh"], n_actions),
        }
    )
    actions = pd.DataFrame(
        {
            "customer_id": rng.integers(0, n_actions, n_actions),
            "action": rng.choice(["win_back", "upgrade", "greet"], n_actions),
            "offer": rng.choice(["spring", "vip"], n_actions),
            "purpose": "marketing",
            "priority": rng.integers(1, 5, n_actions),
        }
    )
    consent = pd.DataFrame(
        {
            "customer_id": np.tile(np.arange(n_actions), 2),
            "channel": rng.choice(CHANNELS, 2 * n_actions),
            "purpose": "marketing",
            "granted": rng.random(2 * n_actions) < 0.8,
            "since": days_before(rng, 2 * n_actions, 700),
        }
    )
    contacts = pd.DataFrame(
        {
            "customer_id": rng.integers(0, n_actions, n_contacts),
            "channel": rng.choice(CHANNELS, n_contacts),
            "contact_date": days_before(rng, n_contacts, 90),
        }
    )
    return {"actions": actions, "people": people, "consent": consent, "contacts": contacts}


def by_row(messages: pd.DataFrame, names: pd.Series) -> list[str]:
    """What people write themselves: one template, filled row by row."""
    template = string.Template("Dear $name,\n\n$terms")
    rows = zip(names, messages["terms"], strict=True)
    return [template.substitute(name=name, terms=terms) for name, terms in rows]


def seconds_of(call: Callable[[], object]) -> float:
    return in_turns(call, rounds=ROUNDS)[0]


def measure_triggers(rng: np.random.Generator) -> None:
    before, after, since = snapshot(rng), snapshot(rng), DAY - pd.Timedelta(days=1)
    dates = [f"date_{i}" for i in range(5)]
    after[dates] = before[dates]
    rules = trigger_rules()
    fired = fire_triggers(before, after, rules, DAY, since=since)
    assert fired.fired == by_hand(before, after, since)
    ours = seconds_of(lambda: fire_triggers(before, after, rules, DAY, since=since))
    peer = seconds_of(lambda: by_hand(before, after, since))
    report(
        f"20 trigger rules, {fired.fired:,} actions with evidence",
        f"{SIZE:,} customers, simulated",
        ours,
        peer="pandas by hand, crossings counted alone",
        peer_seconds=peer,
        agreed=True,
        megabytes=peak_megabytes(),
    )


SEGMENTS = [
    *("Champions", "Loyal", "At risk", "New", "Lost", "Promising", "Cannot lose", "About to sleep"),
]


def grouped(rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Two snapshots with text, flags, dates and numbers; a tenth of the values change."""
    before = pd.DataFrame(
        {
            "segment": rng.choice(SEGMENTS, SIZE),
            "stage": rng.choice(["growth", "loyalty", "churned"], SIZE),
            "member": rng.random(SIZE) < 0.3,
            "clv": rng.gamma(2, 100, SIZE).round(2),
            "joined": days_before(rng, SIZE, 900),
        },
        index=pd.RangeIndex(SIZE, name="customer_id"),
    )
    after = before.copy()
    for column in ("segment", "stage", "clv"):
        changed = rng.random(SIZE) < 0.1
        after[column] = before[column].where(~changed, rng.permutation(before[column].to_numpy()))
    return before, after


def condition_rules() -> pd.DataFrame:
    """Forty rules: what happened, and who somebody is."""
    when = [f"segment becomes {name} and clv >= {k}" for name in SEGMENTS for k in (200, 400)]
    when += [f"segment = {name} and stage = churned" for name in SEGMENTS]
    when += [f"clv rose by {k}% and member = true" for k in range(20, 100, 10)]
    when += [f"stage becomes churned and joined < 2023-{month:02}-01" for month in range(1, 9)]
    names = [f"rule {number}" for number in range(len(when))]
    return pd.DataFrame({"rule": names, "when": when, "then": names})


def by_hand_too(before: pd.DataFrame, after: pd.DataFrame) -> int:
    """The crossings of the forty rules alone."""
    count = 0
    for name in SEGMENTS:
        now, then = after["segment"] == name, before["segment"] == name
        for least in (200, 400):
            count += int((now & ~then & (after["clv"] >= least)).sum())
    for name in SEGMENTS:
        now, then = (
            (table["segment"] == name) & (table["stage"] == "churned") for table in (after, before)
        )
        count += int((now & ~then).sum())
    for share in range(20, 100, 10):
        rose = after["clv"] >= before["clv"] * (1 + share / 100) * (1 - 1e-9)
        count += int((rose & after["member"]).sum())
    churned = (after["stage"] == "churned") & (before["stage"] != "churned")
    for month in range(1, 9):
        count += int((churned & (after["joined"] < pd.Timestamp(2023, month, 1))).sum())
    return count


def twenty_offers() -> pd.DataFrame:
    names = [f"offer {number}" for number in range(20)]
    eligible = [f"clv >= {10 * k}" + (" and stage != churned" if k % 2 else "") for k in range(20)]
    return pd.DataFrame({"offer": names, "discount": 0.1, "eligible": eligible})


def eligible_by_hand(after: pd.DataFrame, offers: pd.DataFrame, plan: pd.DataFrame) -> int:
    count = 0
    for k, offer in enumerate(offers["offer"]):
        allowed = after["clv"] >= 10 * k
        if k % 2:
            allowed &= after["stage"] != "churned"
        for value in plan.loc[plan["offer"] == offer, "value"]:
            count += int((allowed & (after["segment"] == value)).sum())
    return count


def measure_conditions(rng: np.random.Generator) -> None:
    before, after = grouped(rng)
    rules, offers = condition_rules(), twenty_offers()
    plan = pd.DataFrame(
        {"value": [SEGMENTS[k % 8] for k in range(20)], "offer": offers["offer"].tolist()}
    )
    fired = fire_triggers(before, after, rules, DAY)
    assert fired.crossed == by_hand_too(before, after)
    planned = actions_for(after, offers, DAY, plan=plan)
    assert len(planned.table) == eligible_by_hand(after, offers, plan)
    ours = seconds_of(lambda: fire_triggers(before, after, rules, DAY))
    peer = seconds_of(lambda: by_hand_too(before, after))
    report(
        f"40 rules on text, flags, dates and changes, {fired.fired:,} actions with evidence",
        f"{SIZE:,} customers, simulated",
        ours,
        peer="pandas by hand, crossings counted alone",
        peer_seconds=peer,
        agreed=True,
        megabytes=peak_megabytes(),
    )
    ours = seconds_of(lambda: actions_for(after, offers, DAY, plan=plan))
    peer = seconds_of(lambda: eligible_by_hand(after, offers, plan))
    report(
        f"20 offers with conditions by segment, {len(planned.table):,} actions",
        f"{SIZE:,} customers, simulated",
        ours,
        peer="pandas by hand, actions counted alone",
        peer_seconds=peer,
        agreed=True,
        megabytes=peak_megabytes(),
    )


def measure_audience(tables: dict[str, pd.DataFrame]) -> None:
    caps = pd.DataFrame({"max_contacts": [3, 1], "window_days": [30, 7], "channel": [None, "sms"]})
    audience = build_audience(**tables, caps=caps, as_of=DAY)
    assert audience.ledger["actions"].sum() == SIZE
    ours = seconds_of(lambda: build_audience(**tables, caps=caps, as_of=DAY))
    data = f"{SIZE:,} actions, {2 * SIZE:,} consent records, {5 * SIZE:,} contacts, simulated"
    report(f"audience of {audience.kept:,}", data, ours, megabytes=peak_megabytes())


def measure_messages(actions: pd.DataFrame, people: pd.DataFrame) -> None:
    offers = pd.DataFrame(
        {
            "offer": ["spring", "vip"],
            "discount": [0.125, 0.2],
            "scope": ["shoes", None],
            "valid_until": [DAY + pd.Timedelta(days=30)] * 2,
        }
    )
    labels = pd.DataFrame({"value": ["shoes"], "language": ["zh"], "label": ["鞋类"]})
    messages = render_messages(actions, offers, people, as_of=DAY, labels=labels)
    names = people["name"].take(actions["customer_id"])
    ours = seconds_of(lambda: render_messages(actions, offers, people, as_of=DAY, labels=labels))
    peer = seconds_of(lambda: by_row(messages, names))
    report(
        f"{SIZE:,} messages",
        "two offers, two languages, three channels, simulated",
        ours,
        peer="`string.Template` by row, name and terms alone",
        peer_seconds=peer,
        megabytes=peak_megabytes(),
    )


def measure_codes(actions: pd.DataFrame) -> None:
    coupons = actions[["customer_id", "offer"]].drop_duplicates()
    coupons = coupons.assign(discount=0.2, valid_from=DAY, valid_until=DAY + pd.Timedelta(days=30))
    key = secrets.token_bytes(32)
    taken = seconds_of(lambda: issue_coupons(coupons, key))
    report(f"{len(coupons):,} coupon codes", "simulated", taken, megabytes=peak_megabytes())


def main() -> None:
    rng = np.random.default_rng(0)
    measure_triggers(rng)
    measure_conditions(np.random.default_rng(1))
    tables = audience_tables(rng, SIZE, 5 * SIZE)
    measure_audience(tables)
    measure_messages(tables["actions"], tables["people"])
    measure_codes(tables["actions"])


if __name__ == "__main__":
    main()
