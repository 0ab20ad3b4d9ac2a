"""The terms of promotions: read, checked, and in words."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion.terms import PROMOTION_COLUMNS, promotion_terms, terms_text

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
    for discount in (0.0, 1.2, 20.0):
        with pytest.raises(DataError, match=f"has discount {discount:g}; it must lie above 0"):
            promotion_terms(OFFERS, SALE.assign(discount=discount), DAY)
    with pytest.raises(DataError, match="discount has 1 missing"):
        promotion_terms(OFFERS, SALE.assign(discount=np.nan), DAY)
    with pytest.raises(DataError, match="'sale' has no end_date"):
        promotion_terms(OFFERS, SALE.assign(end_date=pd.NaT), DAY)
    for wrong in ("31.12.2023", 20231231, pd.Timestamp("2023-12-31", tz="UTC")):
        with pytest.raises(DataError, match="end_date"):
            promotion_terms(OFFERS, SALE.assign(end_date=wrong), DAY)
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


@pytest.mark.parametrize("column", ["product_category", "valid_from", "valid_until", "Discount"])
def test_a_column_that_is_not_read_is_refused_by_name(column: str) -> None:
    with pytest.raises(DataError, match=f"promotions has an unknown column '{column}'") as error:
        promotion_terms(OFFERS, SALE.assign(**{column: "x"}), DAY)
    assert str(PROMOTION_COLUMNS) in str(error.value)


@pytest.mark.parametrize(
    ("scope", "text"), [(8, "8"), (8.0, "8"), (1.5, "1.5"), (None, "everything"), ("nan", None)]
)
def test_a_numeric_scope_is_written_and_a_missing_one_is_everything(
    scope: object, text: str | None
) -> None:
    terms, _ = promotion_terms(OFFERS, SALE.assign(scope=scope), DAY)
    assert terms_text(terms.iloc[0], "en")["scope"] == (text or "everything")


@pytest.mark.parametrize("names", [(7, "7"), (7.0, 7), ("7.0", "7"), (7, 7)])
def test_offers_are_found_under_every_spelling_or_refused(names: tuple) -> None:
    promotions, offers = SALE.assign(promotion=names[0]), pd.Series([names[1]])
    if isinstance(names[0], str) is isinstance(names[1], str):
        assert len(promotion_terms(offers, promotions, DAY)[0]) == 1
    else:
        with pytest.raises(DataError, match="offer holds text in the actions and numbers in prom"):
            promotion_terms(offers, promotions, DAY)


@pytest.mark.parametrize("clock", ["00:00", "09:00", "23:59:59.999"])
def test_the_last_day_counts_to_its_end_whatever_the_time(clock: str) -> None:
    dated = SALE.assign(
        start_date=pd.Timestamp(f"2023-12-31 {clock}"), end_date=pd.Timestamp("2023-12-31")
    )
    terms, _ = promotion_terms(OFFERS, dated, pd.Timestamp("2023-12-31"))
    assert terms["start_date"].tolist() == terms["end_date"].tolist()
