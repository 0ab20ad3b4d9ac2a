"""Codes against RFC 4231, and a ledger that adds up."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit import issue_coupons
from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion import coupon_ledger, redeem_coupons, verify_coupons
from cemkit.promotion.coupon_codes import _code

KEY = bytes(range(32))
LONG = b"Test Using Larger Than Block-Size Key - Hash Key First"
LONGER = (
    b"This is a test using a larger than block-size key and a larger than block-size data. "
    b"The key needs to be hashed before being used by the HMAC algorithm."
)


def coupons(size: int = 3, **columns: object) -> pd.DataFrame:
    base = {
        "customer_id": range(size),
        "offer": "spring",
        "discount": 0.2,
        "valid_from": pd.Timestamp("2024-03-01"),
        "valid_until": pd.Timestamp("2024-03-31"),
    }
    return pd.DataFrame({**base, **columns})


@pytest.mark.parametrize(
    ("key", "data", "digest"),
    [
        (
            b"\x0b" * 20,
            b"Hi There",
            "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7",
        ),
        (
            b"Jefe",
            b"what do ya want for nothing?",
            "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843",
        ),
        (
            b"\xaa" * 20,
            b"\xdd" * 50,
            "773ea91e36800e46854db8ebd09181a72959098b3ef8c122d9635514ced565fe",
        ),
        (
            bytes(range(1, 26)),
            b"\xcd" * 50,
            "82558a389a443c0ea4cc819899f2083a85f0faa3e578f8077a2e3ff46729665b",
        ),
        (b"\x0c" * 20, b"Test With Truncation", "a3b6167473100ee06e0c796c2955552b"),
        (
            b"\xaa" * 131,
            LONG,
            "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
        ),
        (
            b"\xaa" * 131,
            LONGER,
            "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
        ),
    ],
)
def test_codes_are_the_first_80_bits_of_the_vectors_of_rfc_4231(
    key: bytes, data: bytes, digest: str
) -> None:
    code = _code(key, data)
    assert [len(part) for part in code.split("-")] == [4, 4, 4, 4]
    assert base64.b32decode(code.replace("-", "")).hex() == digest[:20]


def test_a_code_belongs_to_its_terms_and_its_key() -> None:
    issued = issue_coupons(coupons(), KEY)
    assert verify_coupons(issued, KEY).all()
    assert verify_coupons(issued.sample(frac=1, random_state=1), KEY).all()
    assert not verify_coupons(issued, KEY[::-1]).any()
    for column, value in [
        ("customer_id", 77),
        ("offer", "autumn"),
        ("discount", 0.21),
        ("valid_from", pd.Timestamp("2024-02-01")),
        ("valid_until", pd.Timestamp("2024-04-30")),
        ("order_id", "O1"),
    ]:
        assert not verify_coupons(issued.assign(**{column: value}), KEY).any()
    typed = issued.assign(code=issued["code"].str.lower().str.replace("-", " "))
    assert verify_coupons(typed, KEY).all()


def test_fields_cannot_run_into_each_other() -> None:
    one, other = (
        coupons(1, customer_id=["1"], offer="2x"),
        coupons(1, customer_id=["12"], offer="x"),
    )
    assert issue_coupons(one, KEY)["code"][0] != issue_coupons(other, KEY)["code"][0]


def test_issuing_again_issues_nothing_new() -> None:
    issued = issue_coupons(coupons(), KEY)
    pd.testing.assert_frame_equal(issue_coupons(issued, KEY), issued)
    with pytest.raises(DataError, match="codes that this key did not make"):
        issue_coupons(issued, KEY[::-1])


def test_bad_keys_and_coupons() -> None:
    with pytest.raises(ValueError, match="the key has 3 bytes; it takes at least 16"):
        issue_coupons(coupons(), b"abc")
    with pytest.raises(ValueError, match="the key has 0 bytes"):
        verify_coupons(coupons().assign(code="x"), b"")
    for key in ("a text of more than sixteen characters", None):
        with pytest.raises(TypeError, match="key must be bytes"):
            issue_coupons(coupons(), key)
    with pytest.raises(DataError, match="the coupon in row 1 stands there twice"):
        issue_coupons(coupons(2, customer_id=[1, 1]), KEY)
    with pytest.raises(MissingColumnsError, match="'valid_until'"):
        issue_coupons(coupons().drop(columns="valid_until"), KEY)
    with pytest.raises(MissingColumnsError, match=r"'code'.*issue_coupons gives"):
        verify_coupons(coupons(), KEY)


def test_a_second_redemption_is_refused() -> None:
    issued = issue_coupons(coupons(), KEY)
    first = issued["code"][0]
    redeemed = redeem_coupons(issued, first.lower().replace("-", ""), as_of="2024-03-05")
    assert redeemed["redeemed_date"].notna().tolist() == [True, False, False]
    assert issued["redeemed_date"].isna().all()
    with pytest.raises(DataError, match="was redeemed already, on 2024-03-05"):
        redeem_coupons(redeemed, first, as_of="2024-03-06")
    with pytest.raises(DataError, match="was redeemed already"):
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
    for column in table:
        assert table[column].sum() == getattr(ledger, str(column))
    assert str(ledger.issued) in ledger.sentence("zh")


DATES = {
    "seconds": lambda d: pd.Series(d).astype("datetime64[s]"),
    "nanoseconds": lambda d: pd.Series(d).astype("datetime64[ns]"),
    "at 15:00": lambda d: pd.Series(d) + pd.Timedelta(hours=15),
    "dates": lambda d: pd.Series(d).dt.date,
    "text": lambda d: pd.Series(d).dt.strftime("%Y-%m-%d"),
    "text with a time": lambda d: pd.Series(d).dt.strftime("%Y-%m-%dT09:30:00"),
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
    assert (table["issued"] == table.drop(columns="issued").sum(axis=1)).all()
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
        with pytest.raises(DataError, match=f"redeemed already, on {day}"):
            redeem_coupons(issued, code, as_of="2024-03-31")
    for code in issued["code"][2:]:
        with pytest.raises(DataError, match="is not valid before 2024-03-01"):
            redeem_coupons(issued, code, as_of="2024-02-29")


@pytest.mark.parametrize(
    "spelt",
    ["float64", "Int64", "int64[pyarrow]", "object", "str", "category", "1.0"],
)
@pytest.mark.parametrize("column", ["customer_id", "order_id", "offer"])
def test_genuine_codes_are_genuine_under_every_spelling(spelt: str, column: str) -> None:
    issued = issue_coupons(coupons(3, order_id=[11, 12, 13], offer=5), KEY)
    values = issued[column]
    again = values.astype(float).map(str) if spelt == "1.0" else values.astype(spelt)
    assert verify_coupons(issued.assign(**{column: again}), KEY).all()
    if column != "offer":
        turned = issued.assign(**{column: again.to_numpy()[::-1]})
        assert verify_coupons(turned, KEY).tolist() == [False, True, False]


def test_genuine_codes_are_genuine_after_a_file_and_a_left_merge(tmp_path: Path) -> None:
    issued = issue_coupons(coupons(3, order_id=[11, None, 13], discount=[0.1, 0.7, 1 / 3]), KEY)
    issued.to_csv(tmp_path / "a.csv", index=False)
    assert verify_coupons(pd.read_csv(tmp_path / "a.csv"), KEY).all()
    left = pd.DataFrame({"code": [*issued["code"], "lost"]}).merge(issued, how="left", on="code")
    assert verify_coupons(left[:3], KEY).all()
    narrow = issued[:2].astype({"discount": "float32"})
    assert verify_coupons(narrow, KEY).all()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("discount", np.nan),
        ("discount", 5.0),
        ("discount", -1.0),
        ("discount", 0.0),
        ("valid_until", pd.NaT),
        ("valid_from", pd.NaT),
        ("valid_until", pd.Timestamp("2024-02-01")),
        ("offer", None),
        ("offer", "nan"),
    ],
)
def test_what_is_no_coupon_is_not_signed_and_not_genuine(column: str, value: object) -> None:
    with pytest.raises(DataError, match=column):
        issue_coupons(coupons(3).assign(**{column: value}), KEY)
    issued = issue_coupons(coupons(3), KEY)
    assert not verify_coupons(issued.assign(**{column: value}), KEY).any()


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


def test_customers_may_stand_in_the_index() -> None:
    issued = issue_coupons(coupons(), KEY).set_index("customer_id")
    valid = verify_coupons(issued.assign(discount=[0.2, 0.9, 5.0]), KEY)
    assert valid.to_dict() == {0: True, 1: False, 2: False}


@pytest.mark.parametrize("spell", [str, str.lower, lambda code: f" {code} "])
def test_a_code_that_stands_twice_counts_in_no_ledger(spell: Callable[[str], str]) -> None:
    issued = issue_coupons(coupons(), KEY)
    redeemed = redeem_coupons(issued, issued["code"].iloc[0], "2024-03-05")
    again = issued.assign(code=issued["code"].map(spell))
    with pytest.raises(DataError, match="3 codes stand twice among the issued .* in row 0"):
        coupon_ledger(pd.concat([redeemed, again]), "2024-03-06")
    with pytest.raises(DataError, match="3 codes stand twice among the issued .* in row 0"):
        redeem_coupons(pd.concat([redeemed, again]), issued["code"].iloc[1], "2024-03-06")


@pytest.mark.parametrize("index", [[2, 1, 0], [7, 7, 7], [np.nan] * 3, list("abc")], ids=str)
def test_a_coupon_beside_an_unreadable_one_is_genuine_in_any_order(index: list[Any]) -> None:
    coupons = pd.DataFrame(
        {
            "customer_id": [1, 2, 3],
            "offer": "sale",
            "discount": [0.1, 0.2, 0.3],
            "valid_from": pd.Timestamp("2024-03-01"),
            "valid_until": pd.Timestamp("2024-04-30"),
        }
    )
    issued = issue_coupons(coupons, bytes(32)).assign(discount=[np.nan, 0.2, 0.3])
    assert verify_coupons(issued.set_axis(index), bytes(32)).tolist() == [False, True, True]


OFFERS = pd.DataFrame(
    {
        "offer": ["spring", "vip", "reminder"],
        "kind": ["percentage", "percentage", "none"],
        "discount": [0.2, 0.3, None],
        "scope": ["shoes", None, None],
        "valid_from": "2024-03-01",
        "valid_until": "2024-03-31",
        "contact_cost": 1.0,
    }
)


def test_coupons_get_the_terms_of_their_offers() -> None:
    actions = coupons(offer=["vip", "spring", "vip"])[["customer_id", "offer"]].set_axis([5, 3, 4])
    issued = issue_coupons(actions, KEY, offers=OFFERS)
    assert issued.index.tolist() == [5, 3, 4]
    assert issued["discount"].tolist() == [0.3, 0.2, 0.3]
    assert issued["scope"].isna().tolist() == [True, False, True]
    assert "contact_cost" not in issued
    own = issue_coupons(coupons(offer=["vip", "spring", "vip"], discount=[0.3, 0.2, 0.3]), KEY)
    assert issued["code"].tolist() == own["code"].tolist()
    assert verify_coupons(issued, KEY).all()


@pytest.mark.parametrize(
    ("offer", "columns", "message"),
    [
        ("winter", {}, "3 actions have an offer that is not among the offers, such as 'winter'"),
        ("reminder", {}, "3 coupons have no usable discount, the first in row 0"),
        ("spring", {"discount": 0.2}, "coupons have a column 'discount', as have the offers"),
    ],
)
def test_coupons_without_one_set_of_terms_are_refused(
    offer: str, columns: dict[str, float], message: str
) -> None:
    actions = coupons(offer=offer)[["customer_id", "offer"]].assign(**columns)
    with pytest.raises(DataError, match=message):
        issue_coupons(actions, KEY, offers=OFFERS)
