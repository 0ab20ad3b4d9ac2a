"""Every guard with every pair of id types: it guards, or it refuses; it never lets through."""

import datetime as dt
import warnings
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import build_audience, export_actions, fire_triggers, render_messages
from cemkit.checks import normal_ids
from cemkit.data import check_consent
from cemkit.data.channel_spellings import channel_name
from cemkit.errors import CemkitWarning, DataError
from cemkit.promotion import coupons_for_returns

DAY = pd.Timestamp("2024-01-31")
BIG = 2**53
RULES = pd.DataFrame({"rule": ["r"], "when": ["risk > 0.5"], "then": ["win_back"]})

Maker = Callable[[list[int]], pd.Series]


def _mixed(ids: list[int]) -> pd.Series:
    """Numbers, and text beyond the first thousand rows."""
    return pd.Series([*ids, *range(10_000, 11_010), "a"], dtype=object)


NUMBERS: dict[str, Maker] = {
    "int64": pd.Series,
    "int8": lambda ids: pd.Series(ids, dtype="int8"),
    "uint64": lambda ids: pd.Series(ids, dtype="uint64"),
    "float64": lambda ids: pd.Series(ids, dtype="float64"),
    "Int64": lambda ids: pd.Series(ids, dtype="Int64"),
    "arrow": lambda ids: pd.Series(ids, dtype="int64[pyarrow]"),
    "objects": lambda ids: pd.Series(ids, dtype=object),
    "decimals": lambda ids: pd.Series([Decimal(i) for i in ids]),
    "category": lambda ids: pd.Series(pd.Categorical(ids)),
}
TEXTS: dict[str, Maker] = {
    "str": lambda ids: pd.Series([str(i) for i in ids], dtype="str"),
    "object text": lambda ids: pd.Series([str(i) for i in ids], dtype=object),
    "text category": lambda ids: pd.Series(pd.Categorical([str(i) for i in ids])),
    "arrow text": lambda ids: pd.Series([str(i) for i in ids], dtype="string[pyarrow]"),
    "float text": lambda ids: pd.Series([f"{i}.0" for i in ids]),
    "blanks": lambda ids: pd.Series([f" {i} " for i in ids]),
    "mixed late": _mixed,
}
DATES: dict[str, Maker] = {
    "datetimes": lambda ids: pd.Series(pd.Timestamp("2024-01-01") + pd.to_timedelta(ids, unit="D")),
    "dates": lambda ids: pd.Series([dt.date(2024, 1, i % 28 + 1) for i in ids], dtype=object),
}
MAKERS = NUMBERS | TEXTS | DATES


def same_kind(one: str, other: str) -> bool:
    return any({one, other} <= set(kind) for kind in (NUMBERS, TEXTS)) or one == other


def actions_of(ids: pd.Series) -> pd.DataFrame:
    columns = {"action": "greet", "purpose": "marketing", "channel": "sms"}
    return pd.DataFrame({"customer_id": ids}).assign(**columns)


def granted(ids: pd.Series) -> pd.DataFrame:
    return actions_of(ids).assign(granted=True, since=pd.Timestamp("2023-01-01"))


def kept(ids: pd.Series, **guards: object) -> int:
    """How many actions of the first three customers are kept; the second is guarded."""
    tables = {"people": pd.DataFrame({"customer_id": ids.drop_duplicates()})}
    tables |= {"consent": granted(ids), **guards}
    audience = build_audience(actions_of(ids), **tables, as_of=DAY)
    return int((audience.table.index < 3).sum())


def suppression(ids: pd.Series, second: pd.Series) -> int:
    return kept(ids, suppression=pd.DataFrame({"customer_id": second}))


def holdout(ids: pd.Series, second: pd.Series) -> int:
    return kept(ids, assignment=pd.DataFrame({"customer_id": second, "variant": "control"}))


def contact_cap(ids: pd.Series, second: pd.Series) -> int:
    contacts = pd.DataFrame({"customer_id": second, "channel": "sms", "contact_date": DAY})
    caps = pd.DataFrame({"max_contacts": [1], "window_days": [7]})
    return kept(ids, contacts=contacts, caps=caps)


def consent(ids: pd.Series, second: pd.Series) -> int:
    found = check_consent(actions_of(ids), granted(second), DAY).table["consented"][:3]
    return int((~found).sum())


def _fired(ids: pd.Series, **history: object) -> int:
    after = pd.DataFrame({"customer_id": ids, "risk": 0.9})
    fired = fire_triggers(after=after, rules=RULES, as_of=DAY, **{"before": None, **history})
    return int(fired.table["customer_id"].isin(normal_ids(ids)[:3]).sum())


def cool_down(ids: pd.Series, second: pd.Series) -> int:
    fired = pd.DataFrame({"customer_id": second, "action": "win_back", "as_of": DAY})
    return _fired(ids, fired=fired)


def snapshot(ids: pd.Series, second: pd.Series) -> int:
    return _fired(ids, before=pd.DataFrame({"customer_id": second, "risk": 0.9}))


def one_coupon_per_order(ids: pd.Series, second: pd.Series) -> int:
    returns = pd.DataFrame({"order_id": ids, "customer_id": 1, "reason": "x"})
    earlier = pd.DataFrame({"order_id": second, "customer_id": 1, "reason": "x"})
    issued = coupons_for_returns(earlier, as_of="2024-01-01")
    coupons = coupons_for_returns(returns, as_of=DAY, issued=issued)
    fresh = coupons.loc[coupons["valid_from"] == DAY, "order_id"]
    return int(fresh.isin(normal_ids(ids)[:3]).sum())


GUARDS = {
    guard.__name__: guard
    for guard in (
        suppression,
        holdout,
        contact_cap,
        consent,
        cool_down,
        snapshot,
        one_coupon_per_order,
    )
}


def check(guard: str, one: str, other: str) -> None:
    ids, second = MAKERS[one]([1, 2, 3]), MAKERS[other]([2])
    if same_kind(one, other):
        assert GUARDS[guard](ids, second) == 2, f"{guard} lets through {one} and {other}"
    else:
        with pytest.raises(DataError, match="so none would be found"):
            GUARDS[guard](ids, second)


@settings(max_examples=25, deadline=None)
@given(st.sampled_from(sorted(GUARDS)), *[st.sampled_from(sorted(MAKERS))] * 2)
def test_a_guard_guards_or_refuses(guard: str, one: str, other: str) -> None:
    check(guard, one, other)


@pytest.mark.exhaustive
@settings(max_examples=120, deadline=None)
@given(st.sampled_from(sorted(GUARDS)), *[st.sampled_from(sorted(MAKERS))] * 2)
def test_many_guards_guard_or_refuse(guard: str, one: str, other: str) -> None:
    check(guard, one, other)


@pytest.mark.parametrize("guard", GUARDS)
def test_float_ids_above_2_to_the_53_are_refused_and_match_no_neighbour(guard: str) -> None:
    ids = pd.Series([BIG + 1, BIG + 2, BIG + 3])
    with pytest.raises(DataError, match=r"float ids above 2\^53"):
        GUARDS[guard](ids, pd.Series([float(BIG + 2)]))
    assert GUARDS[guard](ids, pd.Series([BIG + 2])) == 2
    assert GUARDS[guard](ids.astype(str), pd.Series([str(BIG + 2)])) == 2


def test_a_guard_that_matches_nobody_is_counted_and_said() -> None:
    audience = build_audience(
        actions_of(pd.Series([1, 2, 3])),
        people=pd.DataFrame({"customer_id": [1, 2, 3]}),
        consent=granted(pd.Series([1, 2, 3])),
        suppression=pd.DataFrame({"customer_id": [101, 102]}),
        assignment=pd.DataFrame({"customer_id": [3, 104], "variant": ["offer", "control"]}),
        as_of=DAY,
    )
    assert audience.kept == 3
    assert audience.guards.to_dict("index") == {
        "people": {"rows": 3, "matching": 3},
        "consent": {"rows": 3, "matching": 3},
        "suppression": {"rows": 2, "matching": 0},
        "contacts": {"rows": 0, "matching": 0},
        "assignment": {"rows": 2, "matching": 1},
    }
    assert audience.sentence() == (
        "3 of 3 actions kept; left out: none. No customer with an action is in: suppression."
    )
    assert audience.sentence("zh").endswith("以下名单中没有任何有行动的客户：禁止联系名单。")


@pytest.mark.parametrize("word", ["nan", "", " ", None, "None"])
def test_a_suppression_without_a_channel_holds_for_all(word: object) -> None:
    listed = pd.DataFrame({"customer_id": [2], "channel": [word]})
    assert kept(pd.Series([1, 2, 3]), suppression=listed) == 2


@pytest.mark.parametrize("word", ["all", "ANY", "*", "全部"])
def test_a_word_for_all_channels_is_refused(word: str) -> None:
    with pytest.raises(DataError, match="leave it missing if the row is for all channels"):
        kept(
            pd.Series([1, 2, 3]),
            suppression=pd.DataFrame({"customer_id": [2], "channel": [word]}),
        )


@pytest.mark.parametrize("variant", ["control", " Control", "CONTROL "])
def test_the_holdout_is_known_under_every_spelling(variant: str) -> None:
    assignment = pd.DataFrame({"customer_id": [1, 2, 3], "variant": ["offer", variant, "offer"]})
    assert kept(pd.Series([1, 2, 3]), assignment=assignment) == 2


@pytest.mark.parametrize("column", ["until", "Expires", "end_date", "valid_until", "withdrawn_at"])
def test_a_consent_with_an_end_is_not_taken_for_one_without(column: str) -> None:
    with pytest.raises(
        DataError, match=f"consent has a column '{column}', but the end of a consent"
    ):
        kept(
            pd.Series([1, 2, 3]),
            consent=granted(pd.Series([1, 2, 3])).assign(**{column: pd.Timestamp("2023-06-01")}),
        )


def test_the_file_and_the_messages_refuse_what_cannot_match(tmp_path: object) -> None:
    actions = actions_of(pd.Series(["1"])).assign(offer="sale")
    with pytest.raises(DataError, match="text in actions and numbers in consent"):
        export_actions(actions, granted(pd.Series([1])), DAY, f"{tmp_path}/a.csv")
    sale = pd.DataFrame({"offer": ["sale"], "discount": 0.2, "valid_until": DAY})
    orders = pd.DataFrame({"customer_id": [1], "product": "shoes"})
    people = pd.DataFrame({"customer_id": ["1"]})
    with pytest.raises(DataError, match="text in actions and numbers in orders"):
        render_messages(actions, sale, people, language="en", as_of=DAY, orders=orders)
    with pytest.raises(DataError, match="text in actions and numbers in people"):
        render_messages(
            actions, sale, people.astype({"customer_id": np.int64}), language="en", as_of=DAY
        )


MISSPELLED = {
    "caps": lambda word: {
        "caps": pd.DataFrame({"max_contacts": [0], "window_days": 7, "channel": word}),
        "contacts": pd.DataFrame(columns=["customer_id", "channel", "contact_date"]),
    },
    "contacts": lambda word: {
        "caps": pd.DataFrame({"max_contacts": [1], "window_days": 7, "channel": "email"}),
        "contacts": pd.DataFrame({"customer_id": [1], "channel": word, "contact_date": DAY}),
    },
    "suppression": lambda word: {
        "suppression": pd.DataFrame({"customer_id": [1], "channel": word})
    },
    "consent": lambda word: {
        "consent": pd.DataFrame(
            {
                "customer_id": [1, 1],
                "channel": ["email", word],
                "purpose": "marketing",
                "granted": [True, False],
                "since": pd.to_datetime(["2024-01-01", "2024-01-20"]),
            }
        )
    },
}


def kept_by_email(tables: dict[str, Any]) -> int:
    actions = pd.DataFrame({"customer_id": [1], "action": "greet", "purpose": "marketing"})
    actions = actions.assign(channel="email")
    consent = actions.assign(granted=True, since=pd.Timestamp("2024-01-01"))
    people = pd.DataFrame({"customer_id": [1]})
    guards = {"consent": consent, **tables}
    return build_audience(actions, people=people, as_of=DAY, **guards).kept


@pytest.mark.parametrize("guard", MISSPELLED)
@pytest.mark.parametrize("word", ["e-mial", "emial", "E-Maill", "电子邮"])
def test_a_misspelled_channel_of_a_guard_is_said(guard: str, word: str) -> None:
    message = f"^{guard} has the channel '{channel_name(word)}' in 1 row, which no .*did you mean"
    with pytest.warns(CemkitWarning, match=message):
        assert kept_by_email(MISSPELLED[guard](word)) == 1


@pytest.mark.parametrize("guard", MISSPELLED)
@pytest.mark.parametrize("word", ["E-Mail ", "ｅｍａｉｌ", "邮箱"])
def test_every_spelling_of_a_channel_guards(guard: str, word: str) -> None:
    assert kept_by_email(MISSPELLED[guard](word)) == 0


@pytest.mark.parametrize("guard", MISSPELLED)
@pytest.mark.parametrize("word", ["app", "sms", "phone", "电话"])
def test_other_channels_that_are_known_are_not_said(guard: str, word: str) -> None:
    assert kept_by_email(MISSPELLED[guard](word)) == 1


@pytest.mark.parametrize(("guard", "said"), [("caps", 1), ("suppression", 1), ("contacts", 0)])
def test_a_channel_of_ones_own_that_no_action_has(guard: str, said: int) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        assert kept_by_email(MISSPELLED[guard]("carrier pigeon")) == 1
    assert len(caught) == said


@pytest.mark.parametrize("word", ["Hold out", "hold  out", "ｈｏｌｄ　ｏｕｔ", " HOLD OUT"])
def test_the_holdout_holds_in_every_spelling(word: str) -> None:
    assignment = pd.DataFrame({"customer_id": [1, 2], "variant": [word, "offer"]})
    assert kept_by_email({"assignment": assignment, "holdout": "hold out"}) == 0
