"""Discounts and terms in words."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion.terms import discount_text, one_line, promotion_terms, terms_text

DAY = pd.Timestamp("2023-12-01")
SALE = pd.DataFrame(
    {
        "promotion": ["sale"],
        "discount": [0.2],
        "scope": ["运动服饰"],
        "end_date": pd.to_datetime(["2023-12-31"]),
    }
)
OFFERS = pd.Series(["sale", "sale"])


@pytest.mark.parametrize(
    ("discount", "en", "zh"),
    [
        (0.2, "20% off", "8折（优惠20%）"),
        (0.125, "12.5% off", "8.75折（优惠12.5%）"),
        (0.07, "7% off", "9.3折（优惠7%）"),
        (0.15, "15% off", "8.5折（优惠15%）"),
        (0.5, "50% off", "5折（优惠50%）"),
        (0.9, "90% off", "1折（优惠90%）"),
        (1 - 0.8, "20% off", "8折（优惠20%）"),
        (np.float32(0.2), "20% off", "8折（优惠20%）"),
        (1 / 3, "33.333333% off", "6.6666667折（优惠33.333333%）"),
    ],
)
def test_exact_percentages_and_the_native_form(discount: float, en: str, zh: str) -> None:
    assert discount_text(discount) == en
    assert discount_text(discount, "zh") == zh


@given(st.integers(1, 9999))
def test_each_hundredth_of_a_percent_is_exact(hundredths: int) -> None:
    percent = float(discount_text(hundredths / 10_000).removesuffix("% off"))
    assert percent == hundredths / 100


@pytest.mark.parametrize("discount", [0, 1, -0.2, 20, float("nan"), 1e-12])
def test_a_discount_outside_0_and_1(discount: float) -> None:
    with pytest.raises(ValueError, match="discount"):
        discount_text(discount)


def test_promotions_of_equal_terms_are_one() -> None:
    two = pd.concat([SALE, SALE.assign(promotion="other"), SALE])
    terms, rows = promotion_terms(pd.Series(["other", "sale"]), two, DAY)
    assert len(terms) == 1
    assert rows.tolist() == [0, 0]
    assert terms["start_date"].tolist() == [DAY]


def test_promotions_that_nobody_gets_do_not_matter() -> None:
    expired = SALE.assign(promotion="old", end_date=pd.Timestamp("2020-01-01"), discount=7.0)
    assert len(promotion_terms(OFFERS, pd.concat([SALE, expired]), DAY)[0]) == 1


def test_it_is_valid_to_the_end_of_its_last_day() -> None:
    assert len(promotion_terms(OFFERS, SALE, pd.Timestamp("2023-12-31"))[0]) == 1
    with pytest.raises(DataError, match="'sale' expired on 2023-12-31, before as_of=2024-01-01"):
        promotion_terms(OFFERS, SALE, pd.Timestamp("2024-01-01"))


def test_bad_promotions() -> None:
    with pytest.raises(
        DataError, match="2 actions have an offer that is no promotion, such as 'x'"
    ):
        promotion_terms(pd.Series(["x", "x"]), SALE, DAY)
    with pytest.raises(DataError, match="1 actions have an offer that is no promotion"):
        promotion_terms(pd.Series(["sale", None]), SALE, DAY)
    with pytest.raises(DataError, match="'sale' stands twice, with different terms"):
        promotion_terms(OFFERS, pd.concat([SALE, SALE.assign(discount=0.3)]), DAY)
    for discount in (0.0, 1.0, 20.0):
        with pytest.raises(DataError, match=f"has discount {discount:g}; it must lie strictly"):
            promotion_terms(OFFERS, SALE.assign(discount=discount), DAY)
    with pytest.raises(DataError, match="discount has 1 missing"):
        promotion_terms(OFFERS, SALE.assign(discount=np.nan), DAY)
    with pytest.raises(DataError, match="'sale' has no end_date"):
        promotion_terms(OFFERS, SALE.assign(end_date=pd.NaT), DAY)
    with pytest.raises(DataError, match="end_date must hold local dates"):
        promotion_terms(OFFERS, SALE.assign(end_date="2023-12-31"), DAY)
    with pytest.raises(DataError, match="ends on 2023-12-31, before it begins"):
        promotion_terms(OFFERS, SALE.assign(start_date=pd.Timestamp("2024-01-01")), DAY)
    with pytest.raises(MissingColumnsError, match="'end_date'"):
        promotion_terms(OFFERS, SALE.drop(columns="end_date"), DAY)


def test_terms_in_words() -> None:
    terms, _ = promotion_terms(OFFERS, SALE.assign(extras="{gift} 5% $x"), DAY)
    chinese = terms_text(terms.iloc[0], "zh")
    assert chinese["terms"] == (
        "活动条款：运动服饰8折（优惠20%），另有{gift} 5% $x，有效期2023年12月1日至2023年12月31日。"
        "如不愿再收到优惠信息，请回复TD退订。"
    )
    assert chinese["extras"] == "另有{gift} 5% $x。"
    english = terms_text(terms.iloc[0], "en")
    assert english["terms"].startswith(
        "Terms: 20% off 运动服饰 and {gift} 5% $x, valid from 2023-12-01"
    )


@pytest.mark.parametrize("evil", ["a\nb", "a\r\nb", "a\x00b", "a\u2028b", "a\u202eb", "a\x85b"])
def test_no_text_breaks_a_line_or_turns_around(evil: str) -> None:
    assert one_line(f" {evil} ") == "a b"


def test_names_of_any_script_stay_as_they_are() -> None:
    for name in ("张三", "Zoë O'Néill-Smith", "अनिता", "👩‍🚀"):
        assert one_line(name) == name
