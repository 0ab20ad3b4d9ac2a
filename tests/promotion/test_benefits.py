"""Benefits: every form of every kind, in both languages and in signs."""

from decimal import Decimal

import pytest

from cemkit.errors import DataError
from cemkit.promotion.benefits import Benefit, Level, benefit_words, decimal_of, numbers_said
from cemkit.promotion.speech import Speech

LABELS = {("zh", "shoes"): "鞋类", ("zh", "mug"): "马克杯"}
EN, ZH, FR = (
    Speech.of(language, LABELS, ["Bonjour"] if language == "fr" else [])
    for language in ("en", "zh", "fr")
)


def words(kind: str, speech: Speech, *, scope: str = "shoes", offer: str = "", **level: str) -> str:
    numbers = {name: Decimal(value) for name, value in level.items()}
    return benefit_words(
        Benefit(kind=kind, offer=offer, scope=scope, levels=(Level(**numbers),)), speech
    )


@pytest.mark.parametrize(
    ("kind", "level", "english", "chinese", "signs"),
    [
        ("percentage", {"discount": "0.2"}, "20% off shoes", "鞋类8折（优惠20%）", "shoes -20%"),
        (
            "percentage",
            {"discount": "0.125", "min_spend": "1000"},
            "12.5% off shoes when you spend 1,000 or more",
            "鞋类满1000享8.75折（优惠12.5%）",
            "shoes -12.5% (≥ 1000)",
        ),
        ("amount_off", {"amount_off": "49.9"}, "49.9 off shoes", "鞋类立减49.9元", "shoes -49.9"),
        (
            "amount_off",
            {"amount_off": "50", "min_spend": "300"},
            "50 off 300 or more on shoes",
            "鞋类满300减50",
            "shoes -50 (≥ 300)",
        ),
        ("gift", {}, "a gift (mug) with shoes", "购买鞋类送马克杯", "shoes: mug"),
        (
            "gift",
            {"min_spend": "300"},
            "a gift (mug) with shoes when you spend 300 or more",
            "购买鞋类满300送马克杯",
            "shoes: mug (≥ 300)",
        ),
        (
            "points",
            {"points": "100"},
            "100 points for each purchase of shoes",
            "购买鞋类每单送100积分",
            "shoes: +100",
        ),
        (
            "points",
            {"points_per_unit": "0.1"},
            "1 point for every 10 spent on shoes",
            "购买鞋类每消费10元送1积分",
            "shoes: +1 / 10",
        ),
        (
            "points",
            {"points": "1", "points_per_unit": "2.5"},
            "1 point for each purchase and 2.5 points for every 1 spent on shoes",
            "购买鞋类每单送1积分，另每消费1元送2.5积分",
            "shoes: +1 +2.5 / 1",
        ),
        ("service", {}, "mug on shoes", "购买鞋类享马克杯", "shoes: mug"),
        ("early_access", {}, "early access to shoes", "鞋类可抢先购买", None),
    ],
)
def test_every_form(
    kind: str, level: dict[str, str], english: str, chinese: str, signs: str | None
) -> None:
    offer = "mug" if kind in ("gift", "service") else ""
    assert words(kind, EN, offer=offer, **level) == english
    assert words(kind, ZH, offer=offer, **level) == chinese
    if signs is not None:
        assert words(kind, FR, offer=offer, **level) == signs


@pytest.mark.parametrize(
    ("kind", "level", "english", "chinese"),
    [
        ("percentage", {"discount": "0.2"}, "20% off everything", "全场商品8折（优惠20%）"),
        ("amount_off", {"amount_off": "50"}, "50 off any purchase", "全场商品立减50元"),
        (
            "amount_off",
            {"amount_off": "50", "min_spend": "300"},
            "50 off 300 or more",
            "全场商品满300减50",
        ),
        (
            "gift",
            {"min_spend": "300"},
            "a gift (mug) when you spend 300 or more",
            "购物满300送马克杯",
        ),
        ("points", {"points": "100"}, "100 points for each purchase", "每单送100积分"),
        ("service", {}, "mug", "购物享马克杯"),
        ("early_access", {}, "early access to everything", "全场商品可抢先购买"),
    ],
)
def test_every_form_for_everything(
    kind: str, level: dict[str, str], english: str, chinese: str
) -> None:
    offer = "mug" if kind in ("gift", "service") else ""
    assert words(kind, EN, scope="", offer=offer, **level) == english
    assert words(kind, ZH, scope="", offer=offer, **level) == chinese


def test_what_is_labelled_everything() -> None:
    speech = Speech.of("zh", {("zh", "everything"): "全店"}, [])
    assert words("percentage", speech, scope="", discount="0.2") == "全店8折（优惠20%）"


def test_digits_do_not_join() -> None:
    assert words("amount_off", ZH, scope="7", amount_off="5", min_spend="30") == "“7”满30减5"


def levelled(*levels: Level) -> Benefit:
    return Benefit(kind="percentage", offer="", scope="", levels=levels)


def test_levels_follow_each_other() -> None:
    tenth, fifth = Decimal("0.1"), Decimal("0.2")
    named = levelled(
        Level(discount=fifth, by="tier", name="金卡"), Level(discount=tenth, by="tier", name="银卡")
    )
    assert benefit_words(named, ZH) == (
        "金卡：全场商品8折（优惠20%）；银卡：全场商品9折（优惠10%）"
    )
    with pytest.raises(DataError, match="the tier '金卡' has no label in 'en'"):
        benefit_words(named, EN)
    counted = levelled(
        Level(discount=tenth, by="order_count"),
        Level(discount=fifth, by="order_count", start=Decimal(5)),
    )
    assert benefit_words(counted, EN) == "10% off everything; 20% off everything from 5 orders"
    other = levelled(Level(discount=fifth, by="visit_count", start=Decimal(5)))
    assert benefit_words(other, EN) == "20% off everything from 5 visit count"
    with pytest.raises(DataError, match="the column 'visit count' has no label in 'zh'"):
        benefit_words(other, ZH)
    speech = Speech.of("zh", {("zh", "visit_count"): "到店次数"}, [])
    assert benefit_words(other, speech) == "到店次数达到5：全场商品8折（优惠20%）"
    assert numbers_said(counted, EN) == {}


@pytest.mark.parametrize(
    ("number", "text"), [(300.0, "300"), (49.9, "49.9"), (0.1, "0.1"), (1e6, "1000000")]
)
def test_numbers_are_as_they_were_written(number: float, text: str) -> None:
    assert str(decimal_of(number)) == text
