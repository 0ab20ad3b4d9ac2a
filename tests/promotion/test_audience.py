"""build_audience: it fails closed, and its ledger sums to what came in."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import build_audience
from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion.audience import REASONS

DAY = "2024-01-31"
PEOPLE = pd.DataFrame(
    {
        "customer_id": range(1, 7),
        "preferred_channel": ["email", "微信", "sms", None, "email", "sms"],
    }
)
CONSENT = pd.DataFrame(
    {
        "customer_id": [1, 2, 3, 4, 5, 6],
        "channel": ["email", "wechat", "sms", "sms", "email", "sms"],
        "purpose": "marketing",
        "granted": [True, True, True, True, False, True],
        "since": pd.Timestamp("2024-01-01"),
    }
)


def proposed(*ids: int, **columns: object) -> pd.DataFrame:
    base = {"customer_id": list(ids), "action": "win_back", "purpose": "marketing"}
    return pd.DataFrame({**base, **columns})


def ledger(**tables: object) -> dict[str, int]:
    given_ = {"people": PEOPLE, "consent": CONSENT, "as_of": DAY, **tables}
    audience = build_audience(**given_)
    counts = audience.ledger["actions"]
    assert counts.sum() == audience.actions == len(tables["actions"])
    assert counts["kept"] == audience.kept == len(audience.table)
    assert counts["held out"] == len(audience.held_out)
    return counts[counts > 0].to_dict()


def test_who_is_kept_and_why_the_others_are_not() -> None:
    audience = build_audience(proposed(5, 1, 2, 9, 4), people=PEOPLE, consent=CONSENT, as_of=DAY)
    assert audience.table["customer_id"].tolist() == [1, 2]
    assert audience.table["channel"].tolist() == ["email", "wechat"]
    assert audience.table.index.tolist() == [1, 2]
    assert audience.ledger.index.tolist() == list(REASONS)
    counts = audience.ledger["actions"]
    assert counts[counts > 0].to_dict() == {
        "unknown customer": 1,
        "no channel": 1,
        "no consent": 1,
        "kept": 2,
    }
    assert audience.sentence() == (
        "2 of 5 actions kept; left out: 1 unknown customer, 1 no channel, 1 no consent."
    )
    assert audience.sentence("zh") == (
        "5 项行动中保留 2 项；排除：客户不在名单 1、没有渠道 1、没有同意 1。"
    )


def test_without_consent_records_nobody_is_contacted() -> None:
    assert ledger(actions=proposed(1, 2), consent=CONSENT[:0]) == {"no consent": 2}


def test_the_actions_own_channel_needs_its_own_consent() -> None:
    assert ledger(actions=proposed(1, 4, channel=["sms", "短信"])) == {"no consent": 1, "kept": 1}


def test_a_purpose_nobody_agreed_to() -> None:
    assert ledger(actions=proposed(1, purpose="research")) == {"no consent": 1}
    assert ledger(actions=proposed(1, purpose=None)) == {"no consent": 1}


def test_suppression_of_all_channels_or_of_one() -> None:
    assert ledger(
        actions=proposed(1, 2, 3), suppression=pd.DataFrame({"customer_id": [1, 1, 77]})
    ) == {"suppressed": 1, "kept": 2}
    one = pd.DataFrame({"customer_id": [1, 2, 3], "channel": ["sms", "微信", None]})
    assert ledger(actions=proposed(1, 2, 3), suppression=one) == {"suppressed": 2, "kept": 1}


def test_duplicates_keep_the_one_of_highest_priority() -> None:
    actions = proposed(1, 1, 1, priority=[3, 1, 2], offer=["a", "a", "b"])
    audience = build_audience(actions, people=PEOPLE, consent=CONSENT, as_of=DAY)
    assert audience.table["priority"].tolist() == [1, 2]
    assert audience.ledger.loc["duplicate", "actions"] == 1


def test_caps_count_the_past_and_this_audience() -> None:
    contacts = pd.DataFrame(
        {"customer_id": [1], "channel": ["email"], "contact_date": pd.to_datetime(["2024-01-30"])}
    )
    caps = pd.DataFrame({"max_contacts": [2], "window_days": [7]})
    actions = proposed(1, 1, 3, 3, 3, action=list("abcde"), priority=[2, 1, 1, 3, 2])
    audience = build_audience(
        actions, people=PEOPLE, consent=CONSENT, contacts=contacts, caps=caps, as_of=DAY
    )
    assert audience.table["action"].tolist() == ["b", "c", "e"]
    assert audience.ledger.loc["contact cap", "actions"] == 2


def test_of_equal_priority_the_more_profitable_takes_the_place() -> None:
    caps = pd.DataFrame({"max_contacts": [1], "window_days": [7]})
    none = pd.DataFrame({"customer_id": [], "channel": [], "contact_date": []})
    actions = proposed(1, 1, 1, action=list("abc"), priority=1, expected_profit=[2.0, 9.0, np.nan])
    audience = build_audience(
        actions, people=PEOPLE, consent=CONSENT, contacts=none, caps=caps, as_of=DAY
    )
    assert audience.table["action"].tolist() == ["b"]


def test_the_holdout_is_never_contacted_and_is_comparable() -> None:
    assignment = pd.DataFrame(
        {"customer_id": [1, 2, 5], "variant": ["control", "offer", "control"]}
    )
    tables = {"actions": proposed(1, 2, 3, 5), "assignment": assignment}
    assert ledger(**tables) == {"no consent": 1, "held out": 1, "kept": 2}
    audience = build_audience(people=PEOPLE, consent=CONSENT, as_of=DAY, **tables)
    assert audience.held_out["customer_id"].tolist() == [1]
    assert audience.selected().tolist() == [2, 3]


def test_a_customer_assigned_to_nothing_known_is_held_out() -> None:
    assignment = pd.DataFrame({"customer_id": [1, 2], "variant": ["control", None]})
    assert ledger(actions=proposed(1, 2), assignment=assignment) == {"held out": 2}


def test_a_holdout_that_does_not_exist_is_refused() -> None:
    assignment = pd.DataFrame({"customer_id": [1, 2], "variant": ["holdout", "offer"]})
    with pytest.raises(ValueError, match=r"assigned to 'control', only to \['holdout', 'offer'\]"):
        ledger(actions=proposed(1), assignment=assignment)
    assert ledger(actions=proposed(1), assignment=assignment, holdout="holdout") == {"held out": 1}
    with pytest.raises(DataError, match="assignment has 1 repeated customer_id"):
        ledger(actions=proposed(1), assignment=pd.concat([assignment, assignment[:1]]))


@pytest.mark.parametrize(
    ("hours", "quiet"),
    [
        (
            ("21:00", "08:00"),
            {"20:59": 0, "21:00": 1, "23:59": 1, "00:00": 1, "07:59": 1, "08:00": 0},
        ),
        (("12:30", "14:00"), {"12:29": 0, "12:30": 1, "13:59": 1, "14:00": 0}),
    ],
)
def test_quiet_hours(hours: tuple[str, str], quiet: dict[str, int]) -> None:
    times = [f"2024-01-31 {time}" for time in quiet] + [None]
    actions = proposed(*[1] * len(times), action=[str(i) for i in range(len(times))])
    audience = build_audience(
        actions.assign(send_at=pd.to_datetime(times)),
        people=PEOPLE,
        consent=CONSENT,
        quiet_hours=hours,
        as_of=DAY,
    )
    assert audience.table.index.tolist() == [i for i, q in enumerate(quiet.values()) if not q]
    assert audience.ledger.loc["quiet hours", "actions"] == sum(quiet.values()) + 1


def test_bad_quiet_hours() -> None:
    with pytest.raises(MissingColumnsError, match="local time at which each action is sent"):
        ledger(actions=proposed(1), quiet_hours=("21:00", "08:00"))
    sent = proposed(1, send_at=pd.Timestamp("2024-01-31 10:00"))
    with pytest.raises(ValueError, match=r"two times such as .* not \('25:00'"):
        ledger(actions=sent, quiet_hours=("25:00", "08:00"))
    with pytest.raises(DataError, match="send_at holds '10:00', which is not an ISO date"):
        ledger(actions=proposed(1, send_at="10:00"), quiet_hours=("21:00", "08:00"))


def test_later_records_and_contradictions_are_counted() -> None:
    later = CONSENT.assign(granted=False, since=pd.Timestamp("2024-02-01"))
    earlier = CONSENT[:1].assign(granted=False, since=pd.Timestamp("2023-01-01"))
    audience = build_audience(
        proposed(1),
        people=PEOPLE,
        consent=pd.concat([CONSENT, later, earlier]),
        as_of=DAY,
    )
    assert (audience.kept, audience.later_records, audience.contradictions) == (1, 6, 1)


def test_customers_may_stand_in_the_index() -> None:
    actions = proposed(2, 1).set_index("customer_id")
    audience = build_audience(
        actions, people=PEOPLE.set_index("customer_id"), consent=CONSENT, as_of=DAY
    )
    assert audience.table.index.tolist() == [2, 1]
    assert audience.table.index.name == "customer_id"


def test_no_actions_make_an_empty_audience() -> None:
    assert ledger(actions=proposed()) == {}


def test_it_prints_the_ledger_and_not_a_million_rows() -> None:
    actions = proposed(*[1] * 1000, action=[str(i) for i in range(1000)])
    audience = build_audience(actions, people=PEOPLE, consent=CONSENT, as_of=DAY)
    text = str(audience)
    assert text.startswith("1,000 of 1,000 actions kept; left out: none.")
    assert "... and 990 rows more" in text
    assert len(text.splitlines()) < 50
    assert "990 rows more" in audience._repr_html_()
    assert "990 rows more" in audience.to_markdown()
    assert len(audience.to_frame()) == 1000


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_how_a_table_is_stored_does_not_matter(backend: str) -> None:
    tables = {"actions": proposed(1, 2, 9), "people": PEOPLE, "consent": CONSENT}
    stored = {name: table.convert_dtypes(dtype_backend=backend) for name, table in tables.items()}
    assert ledger(**stored) == ledger(**tables) == {"unknown customer": 1, "kept": 2}


def test_bad_tables() -> None:
    with pytest.raises(DataError, match="people has 1 repeated customer_id"):
        ledger(actions=proposed(1), people=pd.concat([PEOPLE, PEOPLE[:1]]))
    with pytest.raises(MissingColumnsError, match="'purpose'"):
        ledger(actions=proposed(1).drop(columns="purpose"))
    with pytest.raises(DataError, match="text in actions and numbers in people"):
        ledger(actions=proposed("1"))
    with pytest.raises(DataError, match="actions has 1 row without a customer_id"):
        ledger(actions=proposed(1, None))
    with pytest.raises(TypeError, match="actions must be a pandas DataFrame, not list"):
        ledger(actions=[1])


action = st.tuples(
    st.integers(1, 8),
    st.sampled_from(["a", "b"]),
    st.sampled_from([None, "email", "sms"]),
    st.integers(1, 3),
    st.sampled_from([1.0, 2.0, None]),
)


@settings(max_examples=40, deadline=None)
@given(rows=st.lists(action, max_size=20), most=st.integers(0, 2), seed=st.integers(0, 999))
def test_any_order_keeps_the_same_and_the_ledger_adds_up(
    rows: list[tuple], most: int, seed: int
) -> None:
    columns = ["customer_id", "action", "channel", "priority", "expected_profit"]
    actions = pd.DataFrame(rows, columns=columns).assign(purpose="marketing")
    tables = {
        "actions": actions,
        "people": PEOPLE,
        "consent": pd.concat([CONSENT, CONSENT.assign(channel="sms")]),
        "suppression": pd.DataFrame({"customer_id": [6]}),
        "contacts": pd.DataFrame(
            {"customer_id": [1, 3], "channel": "sms", "contact_date": pd.Timestamp("2024-01-30")}
        ),
        "caps": pd.DataFrame({"max_contacts": [most], "window_days": [7]}),
        "assignment": pd.DataFrame({"customer_id": [2, 3], "variant": ["control", "offer"]}),
    }
    ledger(**tables)
    audience = build_audience(**tables, as_of=DAY)
    shuffled = {name: table.sample(frac=1, random_state=seed) for name, table in tables.items()}
    again = build_audience(**shuffled, as_of=DAY)
    pd.testing.assert_frame_equal(audience.ledger, again.ledger)
    order = [*columns, "purpose"]
    for one, other in ((audience.table, again.table), (audience.held_out, again.held_out)):
        pd.testing.assert_frame_equal(
            one.sort_values(order, ignore_index=True), other.sort_values(order, ignore_index=True)
        )
    assert not (set(audience.selected()) & {2, 5, 6, 7, 8})
    assert audience.table.groupby("customer_id").size().max() <= most or audience.table.empty
