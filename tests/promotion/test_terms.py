"""The terms of offers: checked, and in words."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion.terms import offer_terms, terms_text

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


def test_offers_of_equal_terms_are_one() -> None:
    two = pd.concat([SALE, SALE.assign(offer="other")])
    terms, rows = offer_terms(pd.Series(["other", "sale"]), two, DAY)
    assert len(terms) == 1
    assert rows.tolist() == [0, 0]
    assert terms["valid_from"].tolist() == [DAY]


def test_an_expired_offer_that_nobody_gets_does_not_matter() -> None:
    expired = SALE.assign(offer="old", valid_until=pd.Timestamp("2020-01-01"))
    assert len(offer_terms(WANTED, pd.concat([SALE, expired]), DAY)[0]) == 1


def test_it_is_valid_to_the_end_of_its_last_day() -> None:
    assert len(offer_terms(WANTED, SALE, pd.Timestamp("2023-12-31"))[0]) == 1
    with pytest.raises(DataError, match="'sale' expired on 2023-12-31, before as_of=2024-01-01"):
        offer_terms(WANTED, SALE, pd.Timestamp("2024-01-01"))


def test_bad_offers() -> None:
    with pytest.raises(DataError, match="2 actions have an offer .* not among .* such as 'x'"):
        offer_terms(pd.Series(["x", "x"]), SALE, DAY)
    with pytest.raises(DataError, match="1 actions have an offer that is not among the offers"):
        offer_terms(pd.Series(["sale", None]), SALE, DAY)
    with pytest.raises(DataError, match="'sale' has no valid_until"):
        offer_terms(WANTED, SALE.assign(valid_until=pd.NaT), DAY)
    with pytest.raises(MissingColumnsError, match="'valid_until'"):
        offer_terms(WANTED, SALE.drop(columns="valid_until"), DAY)
    with pytest.raises(DataError, match="'sale' is of the kind 'none', so a message has nothing"):
        offer_terms(WANTED, SALE.assign(kind="none", discount=np.nan), DAY)


def test_terms_in_words() -> None:
    terms, _ = offer_terms(WANTED, SALE.assign(extras="{gift} 5% $x"), DAY)
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


@pytest.mark.parametrize(
    ("scope", "text"), [(8, "8"), (8.0, "8"), (1.5, "1.5"), (None, "everything"), ("nan", None)]
)
def test_a_numeric_scope_is_written_and_a_missing_one_is_everything(
    scope: object, text: str | None
) -> None:
    terms, _ = offer_terms(WANTED, SALE.assign(scope=scope), DAY)
    assert terms_text(terms.iloc[0], "en")["scope"] == (text or "everything")


@pytest.mark.parametrize("names", [(7, "7"), (7.0, 7), ("7.0", "7"), (7, 7)])
def test_offers_are_found_under_every_spelling_or_refused(names: tuple) -> None:
    offers, wanted = SALE.assign(offer=names[0]), pd.Series([names[1]])
    if isinstance(names[0], str) is isinstance(names[1], str):
        assert len(offer_terms(wanted, offers, DAY)[0]) == 1
    else:
        with pytest.raises(
            DataError, match="offer holds text in the actions and numbers in offers"
        ):
            offer_terms(wanted, offers, DAY)


@pytest.mark.parametrize("clock", ["00:00", "09:00", "23:59:59.999"])
def test_the_last_day_counts_to_its_end_whatever_the_time(clock: str) -> None:
    dated = SALE.assign(
        valid_from=pd.Timestamp(f"2023-12-31 {clock}"), valid_until=pd.Timestamp("2023-12-31")
    )
    terms, _ = offer_terms(WANTED, dated, pd.Timestamp("2023-12-31"))
    assert terms["valid_from"].tolist() == [pd.Timestamp(f"2023-12-31 {clock}")]
