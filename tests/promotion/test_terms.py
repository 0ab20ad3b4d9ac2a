"""The terms of offers: checked, in words, and read back from the words of both languages."""

import re
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import render_messages
from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion.speech import Speech
from cemkit.promotion.terms import Terms, moment_words, offer_terms, terms_text

DAY = pd.Timestamp("2023-12-01")
SALE = pd.DataFrame(
    {
        "offer": ["sale"],
        "discount": [0.2],
        "scope": ["运动服饰"],
        "valid_until": pd.to_datetime(["2023-12-31"]),
    }
)
WANTED = pd.Series(["sale", "sale"])
ENGLISH, CHINESE = (Speech.of(language, {}, []) for language in ("en", "zh"))


def terms_of(wanted: pd.Series, offers: pd.DataFrame, **options: Any) -> list[Terms]:
    return offer_terms(wanted, offers, DAY, **options)[2]


def test_offers_of_equal_terms_are_one() -> None:
    two = pd.concat([SALE, SALE.assign(offer="other")])
    _, row, terms, term = offer_terms(pd.Series(["other", "sale"]), two, DAY)
    assert row.tolist() == [1, 0]
    assert len(terms) == 1
    assert term.tolist() == [0, 0]
    assert terms[0].valid_from == DAY
    assert len(terms_of(pd.Series(["other", "sale"]), two, named=True)) == 2


def test_an_expired_offer_that_nobody_gets_does_not_matter() -> None:
    expired = SALE.assign(offer="old", valid_until=pd.Timestamp("2020-01-01"))
    assert len(terms_of(WANTED, pd.concat([SALE, expired]))) == 1


def test_it_is_valid_to_the_end_of_its_last_day() -> None:
    assert len(offer_terms(WANTED, SALE, pd.Timestamp("2023-12-31"))[2]) == 1
    with pytest.raises(DataError, match="'sale' expired on 2023-12-31, before as_of=2024-01-01"):
        offer_terms(WANTED, SALE, pd.Timestamp("2024-01-01"))
    timed = SALE.assign(valid_until=pd.Timestamp("2023-12-31 14:00"))
    assert len(offer_terms(WANTED, timed, pd.Timestamp("2023-12-31"))[2]) == 1
    with pytest.raises(DataError, match="expired on 2023-12-31 14:00, before as_of=2024-01-01"):
        offer_terms(WANTED, timed, pd.Timestamp("2024-01-01"))


def test_bad_offers() -> None:
    with pytest.raises(DataError, match="2 actions have an offer .* not in .* such as 'x'"):
        terms_of(pd.Series(["x", "x"]), SALE)
    with pytest.raises(DataError, match="1 action has an offer .* table, such as 'x'"):
        terms_of(pd.Series(["sale", "x"]), SALE)
    for missing in (None, np.nan, pd.NA):
        with pytest.raises(DataError, match="1 action has no offer; give each one from the offers"):
            terms_of(pd.Series(["sale", missing]), SALE)
    for offers in (SALE.assign(valid_until=pd.NaT), SALE.drop(columns="valid_until")):
        with pytest.raises(DataError, match="'sale' has no valid_until"):
            terms_of(WANTED, offers)
    with pytest.raises(MissingColumnsError, match="'discount'"):
        terms_of(WANTED, SALE.drop(columns="discount"))


def test_terms_in_words() -> None:
    (terms,) = terms_of(WANTED, SALE.assign(extras="{礼品} 5% $x"))
    chinese = terms_text(terms, CHINESE, "short")
    assert chinese["terms"] == (
        "活动条款：运动服饰8折（优惠20%），另有{礼品} 5% $x，有效期2023年12月1日至2023年12月31日。"
        "如不愿再收到优惠信息，请回复TD退订。"
    )
    assert chinese["extras"] == "另有{礼品} 5% $x。"
    (terms,) = terms_of(WANTED, SALE.assign(scope="shoes", extras="{gift} 5% $x"))
    english = terms_text(terms, ENGLISH, "short")
    assert english["terms"].startswith(
        "Terms: 20% off shoes and {gift} 5% $x, valid from 2023-12-01"
    )
    with pytest.raises(DataError, match="the scope 'shoes' has no label in 'zh'"):
        terms_text(terms, CHINESE, "short")


def test_how_to_get_no_more_goes_by_the_channel_and_the_terms_do_not() -> None:
    (terms,) = terms_of(WANTED, SALE)
    said = {kind: terms_text(terms, CHINESE, kind)["terms"] for kind in ("short", "push", "script")}
    assert len({*said.values()}) == 3
    assert len({text.split("。")[0] for text in said.values()}) == 1


@pytest.mark.parametrize(
    ("scope", "text"), [(8, "8"), (8.0, "8"), (1.5, "1.5"), (None, "everything"), ("nan", None)]
)
def test_a_numeric_scope_is_written_and_a_missing_one_is_everything(
    scope: object, text: str | None
) -> None:
    (terms,) = terms_of(WANTED, SALE.assign(scope=scope))
    assert terms_text(terms, ENGLISH, "short")["scope"] == (text or "everything")


@pytest.mark.parametrize("names", [(7, "7"), (7.0, 7), ("7.0", "7"), (7, 7)])
def test_offers_are_found_under_every_spelling_or_refused(names: tuple) -> None:
    offers, wanted = SALE.assign(offer=names[0]), pd.Series([names[1]])
    if isinstance(names[0], str) is isinstance(names[1], str):
        assert len(terms_of(wanted, offers)) == 1
    else:
        with pytest.raises(
            DataError, match="offer holds text in the actions and numbers in offers"
        ):
            terms_of(wanted, offers)


@pytest.mark.parametrize(
    ("moment", "english", "chinese"),
    [
        ("2024-11-11", "2024-11-11", "2024年11月11日"),
        ("2024-11-11 12:00", "2024-11-11 12:00", "2024年11月11日12:00"),
        ("2024-01-02 00:30", "2024-01-02 00:30", "2024年1月2日00:30"),
        ("2024-01-02 23:59:59.999", "2024-01-02 23:59:59", "2024年1月2日23:59:59"),
    ],
)
def test_a_time_of_day_is_said_where_it_is_given(moment: str, english: str, chinese: str) -> None:
    assert moment_words(pd.Timestamp(moment), ENGLISH) == english
    assert moment_words(pd.Timestamp(moment), CHINESE) == chinese


def test_when_it_holds_says_from_when_only_where_it_starts_later() -> None:
    for start, later in (("2023-11-01", False), (None, False), ("2023-12-01 12:00", True)):
        (terms,) = terms_of(WANTED, SALE.assign(valid_from=start, scope=None))
        when = terms_text(terms, ENGLISH, "short")["when"]
        assert when == f"from {start} to 2023-12-31" if later else "until 2023-12-31"


def test_a_greeting_has_no_terms_but_how_to_get_no_more_and_until_when() -> None:
    hello = pd.DataFrame({"offer": ["生日快乐"], "kind": "none"})
    (terms,) = terms_of(pd.Series(["生日快乐"]), hello)
    assert terms_text(terms, CHINESE, "short")["terms"] == "如不愿再收到此类信息，请回复TD退订。"
    (terms,) = terms_of(pd.Series(["生日快乐"]), hello.assign(valid_until="2023-12-24"))
    assert terms_text(terms, CHINESE, "short")["terms"].startswith("时间：2023年12月24日截止。")


# ---- The terms are read back from the text: an independent reading of both languages.

LABELS = pd.DataFrame(
    [
        ("shoes", "zh", "鞋类"),
        ("sports and leisure", "zh", "运动休闲"),
        ("a tote bag", "zh", "帆布袋"),
        ("free delivery", "zh", "免费送货"),
        ("a card", "zh", "贺卡一张"),
        ("gold", "zh", "金卡会员"),
        ("silver", "zh", "银卡会员"),
    ],
    columns=["value", "language", "label"],
)
VALUE = {
    **dict(LABELS[["label", "value"]].to_numpy().tolist()),
    "everything": None,
    "全场商品": None,
}
NUMBER = r"([\d,]+(?:\.\d+)?)"
FROM = rf"(?: when you spend {NUMBER} or more)?"
READINGS = {
    "en": [
        (
            rf"{NUMBER}% off (?P<scope>.+?){FROM}",
            "discount min_spend",
        ),
        (rf"{NUMBER} off {NUMBER} or more(?: on (?P<scope>.+))?", "amount_off min_spend"),
        (rf"{NUMBER} off (?P<scope>.+)", "amount_off"),
        (
            rf"a gift \((?P<offer>.+?)\)(?: with (?P<scope>.+?))?{FROM}",
            "min_spend",
        ),
        (
            rf"(?:{NUMBER} points? for each purchase)?(?: and )?"
            rf"(?:{NUMBER} points? for every {NUMBER} spent)?(?: (?:of|on) (?P<scope>.+?))?{FROM}",
            "points rate unit min_spend",
        ),
        (rf"early access to (?P<scope>.+?){FROM}", "min_spend"),
        (
            rf"(?P<offer>free delivery)(?: on (?P<scope>.+?))?{FROM}",
            "min_spend",
        ),
    ],
    "zh": [
        (rf"(?P<scope>\D+?)(?:满{NUMBER}享)?[\d.]+折（优惠{NUMBER}%）", "min_spend discount"),
        (rf"(?P<scope>\D+?)满{NUMBER}减{NUMBER}", "min_spend amount_off"),
        (rf"(?P<scope>\D+?)立减{NUMBER}元", "amount_off"),
        (rf"(?:购物|购买(?P<scope>\D+?))(?:满{NUMBER})?(?:送|享)(?P<offer>\D+)", "min_spend"),
        (
            rf"(?:购物|每单|购买(?P<scope>\D+?)(?:每单)?)(?:满{NUMBER})?(?:送{NUMBER}积分)?(?:，另)?"
            rf"(?:每消费{NUMBER}元送{NUMBER}积分)?",
            "min_spend points unit rate",
        ),
        (rf"(?P<scope>\D+?)(?:满{NUMBER})?可抢先购买", "min_spend"),
    ],
}
WHOLE = {
    "en": (
        r"Terms: (?P<benefit>.+?)(?P<extras> and a card)?, valid from (?P<start>[\d :-]+) to "
        r"(?P<end>[\d :-]+)\. (?P<together>Can be combined with other offers\. |Cannot be combined "
        r"with other offers\. )?To get no more offers, reply STOP\."
    ),
    "zh": (
        r"活动条款：(?P<benefit>.+?)(?P<extras>，另有贺卡一张)?，有效期(?P<start>[\d年月日:]+)至"
        r"(?P<end>[\d年月日:]+)。(?P<together>可与其他优惠同享。|不与其他优惠同享。)?"
        r"如不愿再收到优惠信息，请回复TD退订。"
    ),
}
LEVEL = {
    "en": ("; ", r"(?P<benefit>.+) for (?P<level>gold|silver)"),
    "zh": ("；", r"(?P<level>金卡会员|银卡会员)：(?P<benefit>.+)"),
}


def read_benefit(text: str, language: str) -> dict[str, Any]:
    """Read what is given from its words, by the first form of the language that fits them all."""
    fits = [(re.fullmatch(form, text), names) for form, names in READINGS[language]]
    match, names = next(((match, names) for match, names in fits if match), (None, ""))
    assert match, f"{text!r} says no terms"
    groups = match.groupdict()
    plain = [
        group
        for place, group in enumerate(match.groups(), 1)
        if place not in match.re.groupindex.values()
    ]
    facts: dict[str, Any] = {
        name: Decimal(number.replace(",", ""))
        for name, number in zip(names.split(), plain, strict=True)
        if number is not None
    }
    if "discount" in facts:
        facts["discount"] /= 100
    if "rate" in facts:
        facts["points_per_unit"] = facts.pop("rate") / facts.pop("unit")
    scope = groups.get("scope")
    facts["scope"] = None if scope == "any purchase" else VALUE.get(scope, scope)
    if groups.get("offer"):
        facts["offer"] = VALUE.get(groups["offer"], groups["offer"])
    return facts


def read_moment(text: str) -> pd.Timestamp:
    return pd.Timestamp(*(int(part) for part in re.findall(r"\d+", text)))


def read_terms(text: str, language: str) -> dict[str, Any]:
    match = re.fullmatch(WHOLE[language], text)
    assert match, text
    between, level = LEVEL[language]
    benefits = []
    for part in match["benefit"].split(between):
        named = re.fullmatch(level, part)
        name, said = (named["level"], named["benefit"]) if named else (None, part)
        benefits.append((VALUE.get(name, name), read_benefit(said, language)))
    together = match["together"]
    return {
        "benefits": sorted(benefits, key=str),
        "extras": "a card" if match["extras"] else None,
        "valid_from": read_moment(match["start"]),
        "valid_until": read_moment(match["end"]),
        "stackable": None if not together else "不" not in together and "Cannot" not in together,
    }


money = st.integers(1, 2_000_000).map(lambda cents: Decimal(cents) / 100)
moments = st.datetimes(pd.Timestamp("2023-12-02"), pd.Timestamp("2025-12-31")).map(
    lambda moment: pd.Timestamp(moment).floor("min")
)
terms_of_kinds = {
    "percentage": st.fixed_dictionaries(
        {"discount": st.integers(1, 9999).map(lambda part: Decimal(part) / 10_000)}
    ),
    "amount_off": st.fixed_dictionaries({"amount_off": money}),
    "gift": st.just({}),
    "points": st.fixed_dictionaries(
        {},
        optional={
            "points": money,
            "points_per_unit": st.sampled_from(
                [*map(Decimal, ("0.1", "0.04", "0.3", "1", "2.5", "12"))]
            ),
        },
    ).filter(bool),
    "service": st.just({}),
    "early_access": st.just({}),
}
NAMES = {"gift": "a tote bag", "service": "free delivery"}


@st.composite
def offers_with_terms(draw: st.DrawFn) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """An offer of any kind, and its levels where it has some."""
    kind = draw(st.sampled_from([*terms_of_kinds]))
    start = draw(st.none() | moments)
    offer = {
        "offer": NAMES.get(kind, "sale"),
        "kind": kind,
        "min_spend": draw(st.none() | money),
        "scope": draw(st.sampled_from([None, "shoes", "sports and leisure"])),
        "extras": draw(st.sampled_from([None, "a card"])),
        "valid_from": start,
        "valid_until": (start or DAY) + pd.Timedelta(days=draw(st.integers(1, 9))),
        "stackable": draw(st.booleans()),
    }
    if kind in ("gift", "service", "early_access") or draw(st.booleans()):
        return offer | draw(terms_of_kinds[kind]), []
    first = draw(terms_of_kinds[kind])
    second = draw(terms_of_kinds[kind].filter(lambda terms: terms.keys() == first.keys()))
    return offer, [{"level": "gold", **first}, {"level": "silver", **second}]


@settings(max_examples=80, deadline=None)
@given(offers_with_terms())
def test_both_languages_state_the_terms_of_the_offer(
    case: tuple[dict[str, Any], list[dict]],
) -> None:
    offer, levels = case
    numbers = ("discount", "amount_off", "points", "points_per_unit", "min_spend")
    table = pd.DataFrame(
        [{name: float(v) if isinstance(v, Decimal) else v for name, v in offer.items()}]
    ).assign(
        unit_cost=1.0 if offer["kind"] in ("gift", "service") else np.nan,
        point_value=0.01 if offer["kind"] == "points" else np.nan,
    )
    steps = pd.DataFrame(levels).map(lambda v: float(v) if isinstance(v, Decimal) else v)
    people = pd.DataFrame({"customer_id": [1, 2], "language": ["en", "zh"]})
    actions = pd.DataFrame({"customer_id": [1, 2], "offer": offer["offer"], "channel": "sms"})
    messages = render_messages(
        actions,
        table,
        people,
        DAY,
        labels=LABELS,
        levels=steps.assign(offer=offer["offer"], by="tier") if levels else None,
    )
    benefits = [
        (
            level.get("level"),
            {
                **{n: terms[n] for terms in (offer, level) for n in numbers if terms.get(n)},
                "scope": offer["scope"],
                **({"offer": offer["offer"]} if offer["kind"] in NAMES else {}),
            },
        )
        for level in levels or [{}]
    ]
    stated = {
        "benefits": sorted(benefits, key=str),
        "extras": offer["extras"],
        "valid_from": offer["valid_from"] or DAY,
        "valid_until": offer["valid_until"],
        "stackable": offer["stackable"],
    }
    for text, language in zip(messages["terms"], ("en", "zh"), strict=True):
        found = read_terms(text, language)
        assert by_fact(found) == by_fact(stated), text
    for text in messages["body"]:
        assert re.search(r"\b(nan|None|NaT)\b", text) is None


def by_fact(terms: dict[str, Any]) -> dict[str, Any]:
    """The terms with their benefits in an order that does not depend on how facts are listed."""
    benefits = [(level, sorted(facts.items(), key=str)) for level, facts in terms["benefits"]]
    return {**terms, "benefits": sorted(benefits, key=str)}
