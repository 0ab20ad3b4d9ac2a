"""render_messages: the articles' example E1, and what customers may type into their names."""

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import build_audience, render_messages
from cemkit.checks.ids import MISSING_TEXTS
from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion import render_message

DAY = "2023-12-01"
PERSON = {"customer_id": 12345, "name": "张三", "preferred_channel": "微信", "language": "zh"}
SALE = {"offer": "sale", "discount": 0.2, "scope": "运动服饰", "valid_until": "2023-12-31"}
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
    )
    assert message.subject == "20% off sportswear until 2023-12-31"
    assert message.body == (
        "Dear Ann,\n\n"
        "Thank you for buying 运动鞋 and T恤.\n"
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


@pytest.mark.parametrize("channel", [None, "", "飞鸽"])
def test_a_channel_that_is_missing_or_unknown_is_an_error_or_the_fallback(channel: object) -> None:
    person = {**PERSON, "preferred_channel": channel}
    with pytest.raises(DataError, match=r"missing channel|the channel '飞鸽'"):
        render_message(person, SALE, as_of=DAY)
    assert render_message(person, SALE, as_of=DAY, fallback_channel="邮件").channel == "email"
    with pytest.raises(DataError, match=r"there are .'email', 'sms', 'wechat'."):
        render_message(person, SALE, as_of=DAY, fallback_channel="fax")


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
            message = render_message(person, SALE, as_of=DAY)
            plain = render_message({**person, "name": "@@@"}, SALE, as_of=DAY)
            assert message.body == plain.body.replace("@@@", name)
            assert message.subject == plain.subject


@settings(max_examples=50, deadline=None)
@given(st.text(max_size=30))
def test_any_name_leaves_the_rest_of_the_message_alone(name: str) -> None:
    own = pd.DataFrame(
        {"channel": ["sms"], "language": "en", "subject": "For {name}", "body": "[{name}]{terms}"}
    )
    person = {**PERSON, "name": name, "preferred_channel": "sms", "language": "en"}
    message = render_message(person, SALE, as_of=DAY, templates=own)
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
    with pytest.raises(DataError, match="1 actions are for people whose language is None"):
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
    with pytest.raises(DataError, match=r"1 actions are for customers who are not among .* as 2;"):
        render_messages(actions(1, 2), offers(), who, as_of=DAY)
    with pytest.raises(DataError, match="an offer that is not among the offers, such as 'sale'"):
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
