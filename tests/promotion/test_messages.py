"""render_messages: the articles' example E1, and what customers may type into their names."""

import re

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import CrossSell, build_audience, render_messages
from cemkit.checks.ids import MISSING_TEXTS
from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion import render_message

DAY = "2023-12-01"
PERSON = {"customer_id": 12345, "name": "张三", "preferred_channel": "微信", "language": "zh"}
SALE = {"offer": "sale", "discount": 0.2, "scope": "运动服饰", "valid_until": "2023-12-31"}
FOR_ALL = {"offer": "sale", "discount": 0.2, "valid_until": "2023-12-31"}
BOUGHT = pd.DataFrame(
    {
        "customer_id": 12345,
        "product": ["运动鞋", "T恤", "电饭煲"],
        "category": ["运动服饰", "运动服饰", "家电"],
        "order_date": pd.to_datetime(["2023-05-01", "2023-04-01", "2023-06-01"]),
    }
)
TERMS = (
    "活动条款：运动服饰8折（优惠20%），有效期2023年12月1日至2023年12月31日。"
    "如不愿再收到优惠信息，请回复TD退订。"
)


def people(*rows: tuple) -> pd.DataFrame:
    columns = ["customer_id", "name", "preferred_channel", "language"]
    return pd.DataFrame(list(rows), columns=columns)


def offers(**columns: object) -> pd.DataFrame:
    base = {"offer": ["sale"], "discount": 0.2, "valid_until": pd.Timestamp("2023-12-31")}
    return pd.DataFrame({**base, **columns})


def actions(*ids: object, **columns: object) -> pd.DataFrame:
    return pd.DataFrame({"customer_id": list(ids), "offer": "sale", **columns})


def test_the_articles_message() -> None:
    message = render_message(PERSON, SALE, as_of=DAY, orders=BOUGHT)
    assert message.customer_id == 12345
    assert message.channel == "wechat"
    assert message.subject == "运动服饰8折（优惠20%），2023年12月31日截止"
    assert message.body == (
        "张三，您好！\n"
        "感谢您购买运动鞋、T恤。\n"
        "运动服饰8折（优惠20%），2023年12月31日截止。\n" + TERMS
    )
    assert (message.discount, message.valid_until) == (0.2, pd.Timestamp("2023-12-31"))
    assert message.sentence("zh") == f"通过微信发给 12345：{message.subject}"
    assert message.sentence() == f"To 12345 by WeChat: {message.subject}"


def test_the_same_terms_on_every_channel_word_for_word() -> None:
    for channel in ("微信", "邮件", "短信"):
        message = render_message({**PERSON, "preferred_channel": channel}, SALE, as_of=DAY)
        assert message.terms == TERMS
        assert message.body.endswith(TERMS)
        assert "2023年12月31日" in message.subject + message.body


def test_in_english() -> None:
    message = render_message(
        {**PERSON, "name": "Ann", "preferred_channel": "email", "language": "en-GB"},
        {**SALE, "scope": "sportswear", "extras": "free delivery", "valid_from": "2023-12-10"},
        as_of=DAY,
        orders=BOUGHT.assign(category="sportswear")[:2],
        labels=pd.DataFrame(
            {"value": ["运动鞋", "T恤"], "language": "en", "label": ["shoes", "a T"]}
        ),
    )
    assert message.subject == "20% off sportswear until 2023-12-31"
    assert message.body == (
        "Dear Ann,\n\n"
        "Thank you for buying shoes and a T.\n"
        "From 2023-12-10 to 2023-12-31 you get 20% off sportswear.\n"
        "And with it: free delivery.\n\n"
        "Terms: 20% off sportswear and free delivery, valid from 2023-12-10 to 2023-12-31. "
        "To get no more offers, reply STOP."
    )


def test_history_is_mentioned_only_where_it_supports_the_offer() -> None:
    for other in ({**SALE, "scope": "图书"}, {**SALE, "scope": None}):
        message = render_message(PERSON, other, as_of=DAY, orders=BOUGHT)
        assert "感谢您购买" not in message.body
    one = render_message(PERSON, {**SALE, "scope": "家电"}, as_of=DAY, orders=BOUGHT)
    assert "感谢您购买电饭煲。" in one.body


@pytest.mark.parametrize("discount", [0, 1.01, 20, -0.2])
def test_a_discount_outside_0_and_1_is_refused(discount: float) -> None:
    with pytest.raises(DataError, match="discount of offer .* must lie above 0 and be at most 1"):
        render_message(PERSON, {**SALE, "discount": discount}, as_of=DAY)


def test_an_expired_offer_is_refused() -> None:
    with pytest.raises(DataError, match="expired on 2023-12-31, before as_of=2024-01-01"):
        render_message(PERSON, SALE, as_of="2024-01-01")


def test_a_customer_without_consent_is_left_out_with_the_reason() -> None:
    proposed = actions(12345, action="offer", purpose="marketing")
    consent = pd.DataFrame(columns=["customer_id", "channel", "purpose", "granted", "since"])
    audience = build_audience(proposed, people=pd.DataFrame([PERSON]), consent=consent, as_of=DAY)
    assert audience.ledger.loc["no consent", "actions"] == 1
    assert render_messages(audience.table, offers(), pd.DataFrame([PERSON]), as_of=DAY).empty


@pytest.mark.parametrize(
    "name",
    [
        "{customer.__class__}",
        "{name}",
        "{terms}",
        "{0}",
        "{",
        "}}",
        "$amount",
        "${amount}",
        "%s %(name)s %d",
        "<script>alert(1)</script>",
        "=HYPERLINK(1)",
        "\\1 \\g<0>",
    ],
)
def test_what_customers_type_is_printed_as_it_is(name: str) -> None:
    for channel in ("email", "sms", "wechat"):
        for language in ("en", "zh"):
            person = {**PERSON, "name": name, "preferred_channel": channel, "language": language}
            message = render_message(person, FOR_ALL, as_of=DAY)
            plain = render_message({**person, "name": "@@@"}, FOR_ALL, as_of=DAY)
            assert message.body == plain.body.replace("@@@", name)
            assert message.subject == plain.subject


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30))
def test_any_name_leaves_the_rest_of_the_message_alone(name: str) -> None:
    own = pd.DataFrame(
        {"channel": ["sms"], "language": "en", "subject": "For {name}", "body": "[{name}]{terms}"}
    )
    person = {**PERSON, "name": name, "preferred_channel": "sms", "language": "en"}
    message = render_message(person, FOR_ALL, as_of=DAY, templates=own)
    inside = message.body.removeprefix("[").removesuffix("]" + message.terms)
    assert message.body == f"[{inside}]{message.terms}"
    assert message.subject == f"For {inside}"
    assert not set(inside) & set("\n\r\x00\x1b")
    if name.isprintable() and name.strip() not in MISSING_TEXTS:
        assert inside == name.strip()


def test_products_and_scopes_are_text_too() -> None:
    orders = pd.DataFrame({"customer_id": [12345], "product": ["{x} 50%\n"], "category": ["{y}%s"]})
    message = render_message(PERSON, {**SALE, "scope": "{y}%s"}, as_of=DAY, orders=orders)
    assert "感谢您购买{x} 50%。" in message.body
    assert message.subject.startswith("{y}%s8折")


@pytest.mark.parametrize(("language", "word"), [("en", "Dear customer,"), ("zh", "尊敬的客户：")])
def test_a_missing_name_has_a_word(language: str, word: str) -> None:
    for name in (None, "", "  ", float("nan")):
        who = people((1, name, "email", language))
        assert word in render_messages(actions(1), offers(), who, as_of=DAY)["body"].item()
    without = who.drop(columns="name")
    assert word in render_messages(actions(1), offers(), without, as_of=DAY)["body"].item()


def test_a_batch_keeps_the_index_the_order_and_the_columns() -> None:
    who = people((1, "Ann", "email", "en"), (2, "李四", "短信", "zh-CN"), (3, "Bob", "sms", "en"))
    batch = actions(3, 1, 2, 1, channel=[None, None, None, "sms"], priority=[1, 2, 3, 4])
    batch = batch.set_axis(["x", "y", "y", "z"])
    copy = batch.copy()
    messages = render_messages(batch, offers(), who, as_of=DAY)
    assert messages.index.tolist() == ["x", "y", "y", "z"]
    assert messages["channel"].tolist() == ["sms", "email", "sms", "sms"]
    assert messages["language"].tolist() == ["en", "en", "zh", "en"]
    assert messages["priority"].tolist() == [1, 2, 3, 4]
    assert messages["body"].str.contains("Bob").tolist() == [True, False, False, False]
    assert messages["body"].str.startswith(("Ann, ", "Dear Ann")).tolist() == [0, 1, 0, 1]
    pd.testing.assert_frame_equal(batch, copy)
    for place, row in enumerate(batch.itertuples(index=False)):
        alone = render_messages(pd.DataFrame([row]), offers(), who, as_of=DAY)
        assert alone["body"].item() == messages["body"].iloc[place]


def test_customers_may_stand_in_the_index() -> None:
    who = people((1, "Ann", "email", "en")).set_index("customer_id")
    messages = render_messages(actions(1).set_index("customer_id"), offers(), who, as_of=DAY)
    assert messages.index.tolist() == [1]


def test_coupon_codes_are_printed_where_there_is_one() -> None:
    who = people((1, "Ann", "email", "en"), (2, "Bo", "sms", "zh"), (3, "Cy", "sms", "en"))
    batch = actions(1, 2, 3, code=["AB-CD", "EF-GH", None])
    bodies = render_messages(batch, offers(), who, as_of=DAY)["body"].tolist()
    assert "\nYour code: AB-CD\n" in bodies[0]
    assert "\n您的优惠码：EF-GH\n" in bodies[1]
    assert "code" not in bodies[2]


def test_templates_of_an_action_and_of_a_new_channel() -> None:
    own = pd.DataFrame(
        [
            ("greet", "sms", "en", "", "Happy birthday, {name}! {terms}"),
            (None, "App", "en", "News", "{name}: {terms}"),
        ],
        columns=["action", "channel", "language", "subject", "body"],
    )
    who = people((1, "Ann", "sms", "en"), (2, "Bo", "app", "en"))
    batch = actions(1, 1, 2, action=["greet", "win_back", "greet"])
    bodies = render_messages(batch, offers(), who, as_of=DAY, templates=own)["body"].tolist()
    assert bodies[0].startswith("Happy birthday, Ann! Terms:")
    assert bodies[1].startswith("Ann, 20% off everything")
    assert bodies[2].startswith("Bo: Terms:")


def test_a_language_for_everybody() -> None:
    who = people((1, "Ann", "email", None))
    with pytest.raises(DataError, match="1 action is for people whose language is None"):
        render_messages(actions(1), offers(), who, as_of=DAY)
    with pytest.raises(DataError, match="language is 'fr'"):
        render_messages(actions(1), offers(), who.assign(language="fr"), as_of=DAY)
    with pytest.raises(MissingColumnsError, match="or say language='en' or another"):
        render_messages(actions(1), offers(), who.drop(columns="language"), as_of=DAY)
    with pytest.raises(ValueError, match="language must be one of 'en', 'zh', not 'de'"):
        render_messages(actions(1), offers(), who, language="de", as_of=DAY)
    chinese = render_messages(actions(1), offers(), who, language="zh", as_of=DAY)
    assert "尊敬的Ann" in chinese["body"].item()


@pytest.mark.parametrize("backend", ["numpy_nullable", "pyarrow"])
def test_how_a_table_is_stored_does_not_matter(backend: str) -> None:
    who = people((1, "Ann", "email", "en"), (2, None, "短信", "zh"))
    tables = [actions(1, 2), offers(scope="x"), who]
    stored = [table.convert_dtypes(dtype_backend=backend) for table in tables]
    bodies = render_messages(*tables, as_of=DAY)["body"].tolist()
    assert render_messages(*stored, as_of=DAY)["body"].tolist() == bodies


def test_bad_tables() -> None:
    who = people((1, "Ann", "email", "en"))
    with pytest.raises(DataError, match=r"1 action is for customers who are not among .* as 2;"):
        render_messages(actions(1, 2), offers(), who, as_of=DAY)
    with pytest.raises(DataError, match="an offer that is not in the offers table, such as 'sale'"):
        render_messages(actions(1), offers(offer=["other"]), who, as_of=DAY)
    with pytest.raises(MissingColumnsError, match="'offer'"):
        render_messages(actions(1)[["customer_id"]], offers(), who, as_of=DAY)
    with pytest.raises(DataError, match="numbers in actions and text in people"):
        render_messages(actions(1), offers(), people(("1", "A", "sms", "en")), as_of=DAY)
    with pytest.raises(DataError, match="people has 1 repeated customer_id"):
        render_messages(actions(1), offers(), pd.concat([who, who]), as_of=DAY)


def test_a_template_of_an_action_is_found_in_every_spelling() -> None:
    own = pd.DataFrame(
        {
            "action": ["Win_Back "],
            "channel": "sms",
            "language": "en",
            "subject": "Back?",
            "body": "{terms}",
        }
    )
    asked = actions(1, channel="sms", action=" win_back")
    found = render_messages(
        asked, offers(), people((1, "A", "sms", "en")), as_of=DAY, templates=own
    )
    assert found["subject"].tolist() == ["Back?"]


# ---- Every kind of offer, on every channel, in every language.

EVERY_KIND = pd.DataFrame(
    [
        {"offer": "spring", "discount": 0.2, "scope": "shoes"},
        {"offer": "50 off", "kind": "amount_off", "amount_off": 50, "min_spend": 300},
        {"offer": "a tote bag", "kind": "gift", "unit_cost": 3, "min_spend": 1000},
        {"offer": "points", "kind": "points", "points": 100, "point_value": 0.01},
        {"offer": "free delivery", "kind": "service", "unit_cost": 4},
        {"offer": "preview", "kind": "early_access", "scope": "shoes"},
        {"offer": "happy birthday!", "kind": "none"},
    ]
).assign(valid_until="2023-12-31")
EVERY_KIND.loc[EVERY_KIND["kind"] == "none", "valid_until"] = None
WORDS = pd.DataFrame(
    {
        "value": ["shoes", "a tote bag", "free delivery", "happy birthday!", "Brand", "boots"],
        "language": "zh",
        "label": ["鞋类", "帆布袋", "免费送货", "祝您生日快乐！", "品牌", "靴子"],
    }
)
CHANNELS = [
    "email",
    "sms",
    "wechat",
    "app push",
    "微信公众号",
    "企业微信",
    "小程序",
    "phone",
    "site",
]


@pytest.mark.parametrize("channel", CHANNELS)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_kind_of_offer_on_every_channel(channel: str, language: str) -> None:
    asked = actions(*range(7), channel=channel).assign(offer=EVERY_KIND["offer"])
    who = people(*((n, "张三", None, language) for n in range(7)))
    sent = render_messages(
        asked, EVERY_KIND, who, DAY, labels=WORDS, signature="Brand", segment_cost=0.05
    )
    given = {
        "en": ["20% off shoes", "50 off 300 or more", "a gift (a tote bag) when you spend 1,000",
               "100 points", "free delivery", "early access to shoes", "Happy birthday!"],
        "zh": ["鞋类8折（优惠20%）", "满300减50", "满1000送帆布袋", "送100积分", "享免费送货",
               "鞋类可抢先购买", "祝您生日快乐！"],
    }[language]  # fmt: skip
    for part in ("subject", "body"):
        for text, words in zip(sent[part], given, strict=True):
            assert words.casefold() in text.casefold()
    assert sent["valid_until"].isna().tolist() == [False] * 6 + [True]
    assert sent["discount"].notna().tolist() == [True] + [False] * 6
    for subject, body, terms in sent[["subject", "body", "terms"]].itertuples(index=False):
        assert terms in body
        assert not re.search(r"[{}]|\n\n\n|nan|None|NaT", subject + body)
        assert body == body.strip()
        if language == "zh":
            assert re.sub(r"TD", "", subject + body).isascii() is False
            assert not re.search("[A-Za-z]", re.sub(r"TD", "", subject + body))


def test_a_message_without_an_offer_is_a_message() -> None:
    hello = {"offer": "祝您生日快乐！", "kind": "none"}
    message = render_message({**PERSON, "preferred_channel": "sms"}, hello, as_of=DAY)
    assert message.body == "张三您好，祝您生日快乐！\n如不愿再收到此类信息，请回复TD退订。"
    assert (message.discount, message.valid_until) == (None, None)
    survey = {"offer": "Please rate us", "kind": "none", "valid_until": "2023-12-24"}
    message = render_message({**PERSON, "language": "en"}, survey, as_of=DAY)
    assert "Open until 2023-12-24. To get no more messages" in message.body


def test_hours_are_stated() -> None:
    flash = {**SALE, "valid_from": "2023-12-12 12:00", "valid_until": "2023-12-12 14:00"}
    message = render_message(PERSON, flash, as_of=DAY)
    assert message.subject == "运动服饰8折（优惠20%），2023年12月12日14:00截止"
    assert "\n运动服饰8折（优惠20%），2023年12月12日12:00至2023年12月12日14:00。\n" in message.body
    assert "有效期2023年12月12日12:00至2023年12月12日14:00。" in message.terms
    assert message.valid_until == pd.Timestamp("2023-12-12 14:00")
    with pytest.raises(DataError, match="valid_from has a time zone .*write all"):
        render_message(PERSON, {**flash, "valid_from": "2023-12-12T12:00+08:00"}, as_of=DAY)


def test_levels_are_stated() -> None:
    steps = pd.DataFrame(
        {"offer": "sale", "by": "amount", "at_least": [300, 100], "discount": [0.2, 0.1]}
    )
    tiered = {"offer": "sale", "kind": "percentage", "valid_until": "2023-12-31"}
    message = render_message(PERSON, tiered, as_of=DAY, levels=steps)
    assert "全场商品满100享9折（优惠10%）；全场商品满300享8折（优惠20%）" in message.terms
    assert message.discount is None
    tiers = steps.drop(columns="at_least").assign(by="member_tier", level=["gold", "silver"])
    with pytest.raises(DataError, match="the member_tier 'gold' has no label in 'zh'"):
        render_message(PERSON, tiered, as_of=DAY, levels=tiers)
    english = render_message({**PERSON, "language": "en"}, tiered, as_of=DAY, levels=tiers)
    assert "20% off everything for gold; 10% off everything for silver" in english.terms
    orders = steps.assign(by="order_count", at_least=[5, None])
    message = render_message(PERSON, tiered, as_of=DAY, levels=orders)
    assert "全场商品9折（优惠10%）；订单数达到5：全场商品8折（优惠20%）" in message.terms


@pytest.mark.parametrize(
    ("stackable", "zh", "en"), [(True, "可与", "Can be"), (False, "不与", "Cannot")]
)
def test_whether_offers_go_together_is_stated_where_the_table_says(
    stackable: bool, zh: str, en: str
) -> None:
    stated = {**FOR_ALL, "stackable": stackable}
    assert f"。{zh}其他优惠同享。" in render_message(PERSON, stated, as_of=DAY).terms
    english = {**PERSON, "language": "en"}
    assert f". {en}" in render_message(english, stated, as_of=DAY).terms
    assert "combined" not in render_message(english, FOR_ALL, as_of=DAY).terms


# ---- Labels.


def test_a_missing_label_is_refused_and_a_given_one_is_said() -> None:
    sale = {**SALE, "scope": "apparel"}
    with pytest.raises(
        DataError, match=r"the scope 'apparel' has no label in 'zh'; add a row to la"
    ):
        render_message(PERSON, sale, as_of=DAY)
    labels = pd.DataFrame({"value": ["apparel"], "language": ["zh"], "label": ["服饰"]})
    message = render_message(PERSON, sale, as_of=DAY, labels=labels)
    assert message.subject.startswith("服饰8折")
    assert "apparel" not in message.subject + message.body
    for change, what in (
        ({"extras": "a card"}, "the extras 'a card'"),
        ({"offer": "mug", "kind": "gift", "unit_cost": 1, "discount": None}, "the offer 'mug'"),
    ):
        with pytest.raises(DataError, match=f"{what} has no label in 'zh'"):
            render_message(PERSON, {**SALE, **change}, as_of=DAY)
    bought = BOUGHT.assign(product="boots")
    with pytest.raises(DataError, match="the product 'boots' has no label in 'zh'"):
        render_message(PERSON, SALE, as_of=DAY, orders=bought)
    said = render_message(PERSON, SALE, as_of=DAY, orders=bought, labels=WORDS)
    assert "感谢您购买靴子。" in said.body
    with pytest.raises(DataError, match="the scope '运动服饰' has no label in 'en'"):
        render_message(PERSON, SALE, as_of=DAY, language="en")


# ---- What else a message takes.

RANKED = pd.DataFrame(
    {
        "customer_id": [12345] * 4 + [1],
        "product": ["凉鞋", "靴子", "袜子", "鞋油", "帽子"],
        "rank": [2, 1, 3, 4, 1],
    }
)


def test_recommended_products_are_named_best_first() -> None:
    message = render_message(PERSON, FOR_ALL, as_of=DAY, recommended=RANKED)
    assert "\n为您推荐靴子、凉鞋、袜子。\n" in message.body
    shuffled = RANKED.sample(frac=1, random_state=0)
    again = render_message(PERSON, FOR_ALL, as_of=DAY, recommended=shuffled)
    assert again.body == message.body
    english = pd.DataFrame({"customer_id": 12345, "product": ["a", "b"], "rank": [1, 2]})
    one = render_message({**PERSON, "language": "en"}, FOR_ALL, as_of=DAY, recommended=english)
    assert "\nYou may also like a and b.\n" in one.body
    nobody = render_message(PERSON, FOR_ALL, as_of=DAY, recommended=RANKED[4:])
    assert "推荐" not in nobody.body
    with pytest.raises(MissingColumnsError, match="'rank'"):
        render_message(PERSON, FOR_ALL, as_of=DAY, recommended=RANKED.drop(columns="rank"))


def test_recommendations_come_from_cross_sell() -> None:
    orders = pd.DataFrame(
        {
            "customer_id": [1, 1, 2, 2, 3],
            "order_date": pd.Timestamp("2023-11-01"),
            "amount": 9.0,
            "product": ["鞋", "袜子", "鞋", "袜子", "鞋"],
        }
    )
    found = CrossSell(min_customers=1).fit(orders, as_of=DAY).recommend([3], k=3)
    person = {**PERSON, "customer_id": 3}
    message = render_message(person, FOR_ALL, as_of=DAY, recommended=found)
    assert "为您推荐袜子。" in message.body


def own_template(body: str, **columns: object) -> pd.DataFrame:
    return pd.DataFrame(
        {"channel": ["sms"], "language": ["en"], "subject": ["x"], "body": [body], **columns}
    )


def test_a_template_names_any_column() -> None:
    who = people((1, "Ann", "sms", "en"), (2, "Bo", "sms", "en")).assign(
        points=[1200.0, 7.5],
        birthday=pd.to_datetime(["1990-05-01", "1991-06-02"]),
        shop=["{terms} %s", None],
    )
    asked = actions(1, 2, shop=[None, "Main St"], clv=[10, 20])
    own = own_template("{points}|{birthday}|{shop}|{clv}|{terms}")
    with pytest.raises(DataError, match=r"has the place \{points\}, and an offer"):
        render_messages(asked, offers(), who, DAY, templates=own)
    own = own_template("{balance}|{birthday}|{shop}|{clv}|{terms}")
    who = who.rename(columns={"points": "balance"})
    bodies = render_messages(asked, offers(), who, DAY, templates=own)["body"].tolist()
    assert bodies[0].startswith("1200|1990-05-01|{terms} %s|10|Terms:")
    assert bodies[1].startswith("7.5|1991-06-02|Main St|20|Terms:")
    with pytest.raises(
        ValueError,
        match=r"the unknown placeholder \{balanc\} \(did you mean 'balance'\?\)",
    ):
        render_messages(asked, offers(), who, DAY, templates=own_template("{balanc}{terms}"))


def test_a_template_for_a_kind_of_offer() -> None:
    own = pd.DataFrame(
        [
            (None, None, "sms", "en", "x", "Save {discount}! {terms}"),
            (None, "amount_off", "sms", "en", "x", "Save {amount_off} from {min_spend}! {terms}"),
            ("greet", None, "sms", "en", "x", "Many happy returns! {terms}"),
        ],
        columns=["action", "kind", "channel", "language", "subject", "body"],
    )
    who = people(*((n, "Ann", "sms", "en") for n in range(3)))
    asked = actions(0, 1, 2, action=[None, None, "greet"])
    asked["offer"] = ["spring", "50 off", "50 off"]
    sent = render_messages(asked, EVERY_KIND, who, DAY, templates=own)
    starts = ["Save 20% off! ", "Save 50 from 300! ", "Many happy returns! "]
    assert [b[: len(s)] for b, s in zip(sent["body"], starts, strict=True)] == starts
    with pytest.raises(DataError, match=r"\{discount\}, and an offer of the kind 'gift' has none"):
        render_messages(asked.assign(offer="a tote bag")[:1], EVERY_KIND, who, DAY, templates=own)
    with pytest.raises(DataError, match=r"kind 'gifts' \(did you mean 'gift'\?\); the kinds are"):
        render_messages(asked, EVERY_KIND, who, DAY, templates=own.assign(kind="gifts"))


def test_the_callers_templates_are_enough_for_a_language() -> None:
    own = pd.DataFrame(
        {
            "channel": ["sms"],
            "language": ["fr-FR"],
            "subject": ["{benefit}"],
            "body": [
                "Bonjour {name}, {discount} sur {scope} du {valid_from} au {valid_until}. {terms}"
            ],
        }
    )
    who = people((1, "Zoë", "sms", "fr"))
    sale = offers(scope="shoes", valid_from="2023-12-10 12:00", stackable=True)
    labels = pd.DataFrame({"value": ["shoes"], "language": ["fr"], "label": ["les chaussures"]})
    sent = render_messages(actions(1), sale, who, DAY, templates=own, labels=labels).iloc[0]
    assert sent["language"] == "fr"
    assert sent["body"] == (
        "Bonjour Zoë, -20% sur les chaussures du 2023-12-10 12:00 au 2023-12-31. "
        "les chaussures -20%, 2023-12-10 12:00 → 2023-12-31. STOP"
    )
    assert render_messages(
        actions(1),
        sale,
        who.assign(language=None),
        DAY,
        templates=own,
        labels=labels,
        language="fr",
    )["body"].tolist() == [sent["body"]]
    with pytest.raises(DataError, match="no word for 'customer' in 'fr'; add a row to labels"):
        render_messages(actions(1), sale, who.assign(name=None), DAY, templates=own)
    with pytest.raises(DataError, match="no word for 'everything' in 'fr'; add a row to labels"):
        render_messages(actions(1), offers(), who, DAY, templates=own)
    with pytest.raises(DataError, match="no template in 'fr'; there are .'sms'."):
        render_messages(actions(1, channel="email"), sale, who, DAY, templates=own)
    with pytest.raises(DataError, match="language is 'de'; there are templates in .*'fr', 'zh'"):
        render_messages(actions(1), sale, who.assign(language="de"), DAY, templates=own)


# ---- Signature, size and cost.


def test_a_chinese_sms_begins_with_its_signature() -> None:
    who = {**PERSON, "preferred_channel": "sms"}
    for given_ in ("品牌", "【品牌】", " 品牌 "):
        message = render_message(who, SALE, as_of=DAY, signature=given_)
        assert message.body.startswith("【品牌】张三您好，")
    own = own_template("{name}！{terms}").assign(language="zh")
    message = render_message(who, SALE, as_of=DAY, signature="品牌", templates=own)
    assert message.body.startswith("【品牌】张三！")
    own = own_template("【品牌】{name}！{terms}").assign(language="zh")
    message = render_message(who, SALE, as_of=DAY, signature="品牌", templates=own)
    assert message.body.count("【品牌】") == 1
    labels = pd.DataFrame({"value": ["Brand"], "language": ["zh"], "label": ["品牌"]})
    message = render_message(who, SALE, as_of=DAY, signature="Brand", labels=labels)
    assert message.body.startswith("【品牌】")


def test_the_signature_has_its_place_on_each_channel() -> None:
    for channel, language, expected in (
        ("email", "zh", "退订。\n\n品牌"),
        ("email", "en", "STOP.\n\n品牌"),
        ("sms", "en", "品牌: 张三, "),
        ("wechat", "zh", "【品牌】张三，您好！"),
        ("phone", "zh", "\n我是品牌的客服。\n"),
        ("phone", "en", "\nThis is 品牌.\n"),
    ):
        who = {**PERSON, "preferred_channel": channel, "language": language}
        assert expected in render_message(who, FOR_ALL, as_of=DAY, signature="品牌").body
    assert (
        "品牌"
        not in render_message(
            {**PERSON, "preferred_channel": "site"}, FOR_ALL, as_of=DAY, signature="品牌"
        ).body
    )


@pytest.mark.parametrize("signature", ["", "  ", "【】", "【a】【b】"])
def test_a_signature_is_one_name(signature: str) -> None:
    with pytest.raises(ValueError, match="signature must be one name, such as 'Brand'"):
        render_message(PERSON, SALE, as_of=DAY, signature=signature)
    with pytest.raises(TypeError, match="signature must be text, not 5"):
        render_message(PERSON, SALE, as_of=DAY, signature=5)  # type: ignore[arg-type]


def test_length_segments_and_cost() -> None:
    who = people((1, "Ann", "sms", "en"), (2, "张三", "sms", "zh"), (3, "Cy", "email", "en"))
    asked = actions(3, 1, 2).set_axis(["c", "a", "b"])
    own = own_template("a" * 40 + "{name}{terms}").assign(body=["{name}" + "€" * 10 + "{terms}"])
    sent = render_messages(asked, offers(), who, DAY, templates=own, segment_cost=0.1)
    bodies = sent["body"]
    assert sent["length"].tolist() == [len(bodies["c"]), len(bodies["a"]) + 10, len(bodies["b"])]
    expected = -(-(len(bodies["a"]) + 10) // 153) if len(bodies["a"]) + 10 > 160 else 1
    assert sent["segments"].tolist() == [pd.NA, expected, -(-len(bodies["b"]) // 67)]
    assert sent["message_cost"].isna().tolist() == [True, False, False]
    assert sent["message_cost"]["b"] == pytest.approx(0.1 * sent["segments"]["b"])
    assert "message_cost" not in render_messages(asked, offers(), who, DAY).columns
    for wrong in (-1, float("inf"), "a"):
        with pytest.raises((ValueError, TypeError), match="segment_cost must be a"):
            render_messages(asked, offers(), who, DAY, segment_cost=wrong)  # type: ignore[arg-type]
