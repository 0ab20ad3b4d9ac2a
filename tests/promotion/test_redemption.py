"""Coupons are redeemed once, within their hours; the ledger adds up, and says what they cost."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import issue_coupons
from cemkit.data import offer_costs
from cemkit.errors import DataError
from cemkit.promotion import coupon_ledger, redeem_coupons, verify_coupons

KEY = bytes(range(32))


def coupons(size: int = 3, **columns: object) -> pd.DataFrame:
    base = {
        "customer_id": range(size),
        "offer": "spring",
        "discount": 0.2,
        "valid_from": pd.Timestamp("2024-03-01"),
        "valid_until": pd.Timestamp("2024-03-31"),
    }
    return pd.DataFrame({**base, **columns})


def test_a_second_redemption_is_refused() -> None:
    issued = issue_coupons(coupons(), KEY)
    first = issued["code"][0]
    redeemed = redeem_coupons(issued, first.lower().replace("-", ""), as_of="2024-03-05")
    assert redeemed["redeemed_date"].notna().tolist() == [True, False, False]
    assert issued["redeemed_date"].isna().all()
    with pytest.raises(DataError, match="was already redeemed on 2024-03-05"):
        redeem_coupons(redeemed, first, as_of="2024-03-06")
    with pytest.raises(DataError, match="was already redeemed"):
        redeem_coupons(issued, [first, first], as_of="2024-03-06")
    assert redeem_coupons(redeemed, issued["code"][1:], "2024-03-31")["redeemed_date"].notna().all()


def test_digits_that_base32_lacks_are_read_as_the_letters_they_look_like() -> None:
    issued = coupons(1).assign(code="OIBA", redeemed_date=pd.NaT)
    assert redeem_coupons(issued, "018a", as_of="2024-03-05")["redeemed_date"].notna().all()


@pytest.mark.parametrize(
    ("code", "day", "message"),
    [
        ("XXXX", "2024-03-05", "code 'XXXX' was not issued"),
        (None, "2024-02-29", "is not valid before 2024-03-01"),
        (None, "2024-04-01", "expired after 2024-03-31"),
    ],
)
def test_other_codes_are_refused(code: str | None, day: str, message: str) -> None:
    issued = issue_coupons(coupons(), KEY)
    with pytest.raises(DataError, match=message):
        redeem_coupons(issued, code or issued["code"][0], as_of=day)


@settings(max_examples=60, deadline=None)
@given(
    rows=st.lists(
        st.tuples(
            st.sampled_from("ab"),
            st.integers(0, 9),
            st.integers(0, 9),
            st.none() | st.integers(0, 20),
        ),
        max_size=20,
    ),
    day=st.integers(0, 20),
)
def test_the_ledger_adds_up_on_every_day(rows: list[tuple], day: int) -> None:
    start = pd.Timestamp("2024-03-01")

    def dates(values: list) -> pd.Series:
        return pd.Series(
            [pd.NaT if v is None else start + pd.Timedelta(days=v) for v in values],
            dtype="datetime64[ns]",
        )

    issued = pd.DataFrame(
        {
            "offer": pd.Series([offer for offer, *_ in rows], dtype="str"),
            "valid_from": dates([begin for _, begin, _, _ in rows]),
            "valid_until": dates([begin + length for _, begin, length, _ in rows]),
            "redeemed_date": dates([redeemed for *_, redeemed in rows]),
        }
    )
    ledger = coupon_ledger(issued, start + pd.Timedelta(days=day))
    assert ledger.issued == sum(begin <= day for _, begin, _, _ in rows)
    assert ledger.issued == ledger.redeemed + ledger.expired + ledger.outstanding
    table = ledger.table
    assert (table["issued"] == table[["redeemed", "expired", "outstanding"]].sum(axis=1)).all()
    for column in ["issued", "redeemed", "expired", "outstanding"]:
        assert table[column].sum() == getattr(ledger, str(column))
    assert str(ledger.issued) in ledger.sentence("zh")


DATES = {
    "seconds": lambda d: pd.Series(d).astype("datetime64[s]"),
    "nanoseconds": lambda d: pd.Series(d).astype("datetime64[ns]"),
    "dates": lambda d: pd.Series(d).dt.date,
    "text": lambda d: pd.Series(d).dt.strftime("%Y-%m-%d"),
    "text at midnight": lambda d: pd.Series(d).dt.strftime("%Y-%m-%dT00:00:00"),
    "arrow dates": lambda d: pd.Series(d).astype("date32[pyarrow]"),
    "arrow timestamps": lambda d: pd.Series(d).astype("timestamp[us][pyarrow]"),
}


LEDGER = {
    "offer": ["a", "a", "b", None],
    "valid_from": pd.to_datetime(["2024-03-01"] * 4),
    "valid_until": pd.to_datetime(["2024-03-10", "2024-03-31", "2024-03-31", "2024-03-15"]),
    "redeemed_date": pd.to_datetime([None, "2024-03-31", None, None]),
}


@pytest.mark.parametrize("kind", DATES)
def test_the_ledger_is_the_same_for_every_type_of_date(kind: str) -> None:
    """Counted by hand: one redeemed on the day itself, two expired, one outstanding."""
    pytest.importorskip("pyarrow", reason="PyArrow is not installed")
    stored = pd.DataFrame(
        {name: DATES[kind](v) if "offer" not in name else v for name, v in LEDGER.items()}
    )
    ledger = coupon_ledger(stored, "2024-03-31")
    assert (ledger.issued, ledger.redeemed, ledger.expired, ledger.outstanding) == (4, 1, 2, 1)
    table = ledger.table
    assert (table["issued"] == table[["redeemed", "expired", "outstanding"]].sum(axis=1)).all()
    assert table["redemption_share"].tolist() == [0.5, 0, 0]
    assert table["issued"].tolist() == [2, 1, 1]


@pytest.mark.parametrize("kind", DATES)
def test_a_coupon_is_good_on_its_first_and_last_day_for_every_type_of_date(kind: str) -> None:
    pytest.importorskip("pyarrow", reason="PyArrow is not installed")
    table = coupons().assign(
        **{c: DATES[kind](coupons()[c]) for c in ("valid_from", "valid_until")}
    )
    issued = issue_coupons(table, KEY)
    assert issued["code"].tolist() == issue_coupons(coupons(), KEY)["code"].tolist()
    for place, day in enumerate(["2024-03-01", "2024-03-31"]):
        code = issued["code"][place]
        issued = redeem_coupons(issued, code, as_of=day)
        with pytest.raises(DataError, match=f"already redeemed on {day}"):
            redeem_coupons(issued, code, as_of="2024-03-31")
    for code in issued["code"][2:]:
        with pytest.raises(DataError, match="is not valid before 2024-03-01"):
            redeem_coupons(issued, code, as_of="2024-02-29")


@pytest.mark.parametrize("value", [20240331, "31.03.2024", pd.Timestamp("2024-03-31", tz="UTC")])
def test_what_is_no_local_date_is_refused(value: object) -> None:
    issued = issue_coupons(coupons(3), KEY)
    spoilt = issued.assign(valid_until=value)
    for function in (issue_coupons, verify_coupons):
        with pytest.raises(DataError, match="valid_until"):
            function(spoilt, KEY)
    with pytest.raises(DataError, match="valid_until"):
        coupon_ledger(spoilt, "2024-03-31")
    with pytest.raises(DataError, match="valid_until"):
        redeem_coupons(spoilt, issued["code"][0], "2024-03-31")


def test_a_missing_end_neither_stays_redeemable_nor_outstanding() -> None:
    issued = issue_coupons(coupons(3), KEY).assign(valid_until=pd.NaT)
    with pytest.raises(DataError, match="valid_until is missing for 3 issued coupons"):
        redeem_coupons(issued, issued["code"][0], "2024-03-05")
    with pytest.raises(DataError, match="valid_until is missing for 3 issued coupons"):
        coupon_ledger(issued, "2024-03-05")


@pytest.mark.parametrize("code", ["nan", "None", "", " ", "--", None, float("nan"), pd.NA, 5])
def test_a_coupon_without_a_code_is_redeemed_by_no_word(code: object) -> None:
    for missing in (None, "nan", "", np.nan):
        issued = issue_coupons(coupons(3), KEY)
        issued["code"] = issued["code"].astype(object)
        issued.loc[:1, "code"] = missing
        with pytest.raises(DataError, match="was not issued"):
            redeem_coupons(issued, [code], "2024-03-05")


def test_codes_may_come_once() -> None:
    issued = issue_coupons(coupons(3), KEY)
    once = redeem_coupons(issued, iter(issued["code"]), "2024-03-05")
    assert once["redeemed_date"].notna().all()
    with pytest.raises(TypeError, match="codes must be a list"):
        redeem_coupons(issued, 5, "2024-03-05")


@pytest.mark.parametrize("spell", [str, str.lower, lambda code: f" {code} "])
def test_a_code_that_stands_twice_counts_in_no_ledger(spell: Callable[[str], str]) -> None:
    issued = issue_coupons(coupons(), KEY)
    redeemed = redeem_coupons(issued, issued["code"].iloc[0], "2024-03-05")
    again = issued.assign(code=issued["code"].map(spell))
    with pytest.raises(
        DataError, match="3 codes occur twice among the issued coupons, the first again in row 0"
    ):
        coupon_ledger(pd.concat([redeemed, again]), "2024-03-06")
    with pytest.raises(
        DataError, match="3 codes occur twice among the issued coupons, the first again in row 0"
    ):
        redeem_coupons(pd.concat([redeemed, again]), issued["code"].iloc[1], "2024-03-06")


def flash_sale() -> pd.DataFrame:
    """A coupon for two hours, and one that holds the whole day."""
    return coupons(
        2,
        code=["AAAA", "BBBB"],
        valid_from=["2024-03-31 12:00", "2024-03-31"],
        valid_until=["2024-03-31 14:00", "2024-03-31"],
        redeemed_date=pd.NaT,
    )


@pytest.mark.parametrize(
    ("moment", "message"),
    [
        ("2024-03-31 11:59", "code 'aaaa' is not valid before 2024-03-31 12:00"),
        ("2024-03-31 14:01", "code 'aaaa' expired after 2024-03-31 14:00"),
        ("2024-04-01", "code 'aaaa' expired after 2024-03-31 14:00"),
        ("2024-03-30", "code 'aaaa' is not valid before 2024-03-31 12:00"),
        ("2024-03-31", "only for some hours of 2024-03-31; give the time of redemption"),
    ],
)
def test_hours_count_where_a_time_is_given(moment: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        redeem_coupons(flash_sale(), "aaaa", as_of=moment)


@pytest.mark.parametrize("moment", ["2024-03-31 12:00", "2024-03-31 13:30", "2024-03-31 14:00"])
def test_a_flash_sale_is_redeemed_in_its_hours(moment: str) -> None:
    redeemed = redeem_coupons(flash_sale(), ["aaaa", "bbbb"], as_of=moment)
    assert redeemed["redeemed_date"].tolist() == [pd.Timestamp(moment)] * 2
    with pytest.raises(DataError, match=f"already redeemed on {moment}"):
        redeem_coupons(redeemed, "aaaa", as_of=moment)


def test_a_plain_date_is_the_whole_day() -> None:
    late = redeem_coupons(flash_sale(), "bbbb", as_of="2024-03-31 23:59:59")
    assert late["redeemed_date"].notna().tolist() == [False, True]
    with pytest.raises(DataError, match="code 'bbbb' expired after 2024-03-31$"):
        redeem_coupons(flash_sale(), "bbbb", as_of="2024-04-01 00:01")


@pytest.mark.parametrize(
    ("moment", "issued", "expired"),
    [("2024-03-31 11:00", 1, 0), ("2024-03-31 13:00", 2, 0), ("2024-03-31 15:00", 2, 1)],
)
def test_the_ledger_counts_hours(moment: str, issued: int, expired: int) -> None:
    ledger = coupon_ledger(flash_sale(), moment)
    assert (ledger.issued, ledger.expired, ledger.outstanding) == (
        issued,
        expired,
        issued - expired,
    )
    assert coupon_ledger(flash_sale(), "2024-03-31").expired == 1  # at the end of the day


KINDS = pd.DataFrame(
    {
        "offer": ["20%", "50 off 300", "bag", "points"],
        "kind": ["percentage", "amount_off", "gift", "points"],
        "discount": [0.2, None, None, None],
        "amount_off": [None, 50, None, None],
        "min_spend": [None, 300, None, None],
        "unit_cost": [None, None, 4, None],
        "points": [None, None, None, 100],
        "point_value": [None, None, None, 0.01],
        "valid_from": "2024-03-01",
        "valid_until": "2024-03-31",
    }
)


def test_the_ledger_says_what_each_offer_cost() -> None:
    actions = pd.DataFrame({"customer_id": range(8), "offer": [*KINDS["offer"]] * 2})
    issued = issue_coupons(actions, KEY, offers=KINDS)
    codes = issued["code"].tolist()
    redeemed = redeem_coupons(issued, codes[:5], "2024-03-05", amounts=[100, 400, 80, 80, 50])
    table = coupon_ledger(redeemed, "2024-03-31").table
    assert table["redemption_share"].to_dict() == {
        "20%": 1.0,
        "50 off 300": 0.5,
        "bag": 0.5,
        "points": 0.5,
    }
    assert table["redeemed_amount"].tolist() == [150, 400, 80, 80]
    assert table["cost"].tolist() == pytest.approx([30, 50, 4, 1])
    assert table["discount_cost"].tolist() == pytest.approx([30, 50, 0, 0])
    taken = redeemed[redeemed["redeemed_date"].notna()]
    purchases = pd.DataFrame({"offer": taken["offer"], "amount": taken["redeemed_amount"]})
    assert offer_costs(purchases, KINDS).sum() == pytest.approx(table["cost"].sum())
    before = coupon_ledger(redeemed, "2024-03-04").table
    assert before["cost"].tolist() == [0, 0, 0, 0]


def test_a_minimum_spend_is_kept() -> None:
    issued = issue_coupons(
        pd.DataFrame({"customer_id": [1], "offer": "50 off 300"}), KEY, offers=KINDS
    )
    code = issued["code"][0]
    with pytest.raises(DataError, match="needs a purchase of at least 300; give the amount"):
        redeem_coupons(issued, code, "2024-03-05")
    with pytest.raises(DataError, match="needs a purchase of at least 300, but this one is 299.5"):
        redeem_coupons(issued, code, "2024-03-05", amounts=299.5)
    assert redeem_coupons(issued, code, "2024-03-05", amounts=300)["redeemed_amount"][0] == 300


def test_amounts_that_do_not_fit_are_refused() -> None:
    issued = issue_coupons(coupons(), KEY)
    codes = issued["code"].tolist()
    with pytest.raises(ValueError, match="amounts has 1 number for 2 codes; give one for each"):
        redeem_coupons(issued, codes[:2], "2024-03-05", amounts=80)
    with pytest.raises(ValueError, match="amounts must be a finite number of at least 0"):
        redeem_coupons(issued, codes[0], "2024-03-05", amounts=-1)
    with pytest.raises(TypeError, match=r"amounts must be a number, not \[1\]"):
        redeem_coupons(issued, codes[:2], "2024-03-05", amounts=[[1], 9.0])
    part = redeem_coupons(issued, codes[0], "2024-03-05", amounts=80)
    part = redeem_coupons(part, codes[1], "2024-03-05")
    with pytest.raises(DataError, match="redeemed_amount is missing for 1 of 2 redeemed coupons"):
        coupon_ledger(part, "2024-03-31")
    with pytest.raises(
        DataError, match="1 redeemed coupon has no usable discount, the first in row 0 .nan."
    ):
        coupon_ledger(part[:1].drop(columns="discount"), "2024-03-31")
    with pytest.raises(DataError, match=r"1 redeemed coupon has no usable kind.*\('gifts'\)"):
        coupon_ledger(part[:1].assign(kind="gifts"), "2024-03-31")
    with pytest.raises(DataError, match="redeemed_amount has 1 negative value"):
        coupon_ledger(part[:1].assign(redeemed_amount=-1.0), "2024-03-31")
