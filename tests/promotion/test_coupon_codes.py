"""Codes against RFC 4231, and what belongs to a code."""

import base64
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import issue_coupons
from cemkit.errors import DataError, MissingColumnsError
from cemkit.promotion import verify_coupons
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
    with pytest.raises(DataError, match="codes that were not made with this key"):
        issue_coupons(issued, KEY[::-1])


def test_bad_keys_and_coupons() -> None:
    with pytest.raises(ValueError, match="at least 16 secret bytes, got 3; make them with secrets"):
        issue_coupons(coupons(), b"abc")
    with pytest.raises(ValueError, match="secret bytes, got 0"):
        verify_coupons(coupons().assign(code="x"), b"")
    for key in ("a text of more than sixteen characters", None):
        with pytest.raises(TypeError, match="key must be bytes"):
            issue_coupons(coupons(), key)
    with pytest.raises(DataError, match="the coupon in row 1 occurs twice"):
        issue_coupons(coupons(2, customer_id=[1, 1]), KEY)
    with pytest.raises(MissingColumnsError, match="'valid_until'"):
        issue_coupons(coupons().drop(columns="valid_until"), KEY)
    with pytest.raises(MissingColumnsError, match=r"'code'.*issue_coupons gives"):
        verify_coupons(coupons(), KEY)


DATES = {
    "seconds": lambda d: pd.Series(d).astype("datetime64[s]"),
    "nanoseconds": lambda d: pd.Series(d).astype("datetime64[ns]"),
    "dates": lambda d: pd.Series(d).dt.date,
    "text": lambda d: pd.Series(d).dt.strftime("%Y-%m-%d"),
    "text at midnight": lambda d: pd.Series(d).dt.strftime("%Y-%m-%dT00:00:00"),
    "arrow dates": lambda d: pd.Series(d).astype("date32[pyarrow]"),
    "arrow timestamps": lambda d: pd.Series(d).astype("timestamp[us][pyarrow]"),
}


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


def test_customers_may_stand_in_the_index() -> None:
    issued = issue_coupons(coupons(), KEY).set_index("customer_id")
    valid = verify_coupons(issued.assign(discount=[0.2, 0.9, 5.0]), KEY)
    assert valid.to_dict() == {0: True, 1: False, 2: False}


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
        ("winter", {}, "3 coupons have an offer that is not in the offers table, such as 'winter'"),
        (
            "reminder",
            {},
            "3 coupons have no usable kind, the first in row 0 \\('none'\\); .*nothing to redeem",
        ),
        ("spring", {"discount": 0.2}, "both coupons and offers have a column 'discount'"),
    ],
)
def test_coupons_without_one_set_of_terms_are_refused(
    offer: str, columns: dict[str, float], message: str
) -> None:
    actions = coupons(offer=offer)[["customer_id", "offer"]].assign(**columns)
    with pytest.raises(DataError, match=message):
        issue_coupons(actions, KEY, offers=OFFERS)


KINDS = pd.DataFrame(
    {
        "offer": ["20%", "50 off 300", "bag", "points", "delivery", "preview"],
        "kind": ["percentage", "amount_off", "gift", "points", "service", "early_access"],
        "discount": [0.2, *[None] * 5],
        "amount_off": [None, 50, *[None] * 4],
        "min_spend": [None, 300, *[None] * 4],
        "unit_cost": [None, None, 4, None, 6, None],
        "points_per_unit": [None, None, None, 2, None, None],
        "point_value": [None, None, None, 0.01, None, None],
        "valid_from": "2024-03-01 12:00",
        "valid_until": "2024-03-31",
    }
)


def test_coupons_of_every_kind_have_codes_that_belong_to_their_terms() -> None:
    actions = pd.DataFrame({"customer_id": range(6), "offer": KINDS["offer"]})
    issued = issue_coupons(actions, KEY, offers=KINDS)
    assert issued["kind"].tolist() == KINDS["kind"].tolist()
    assert issued["code"].is_unique
    assert verify_coupons(issued, KEY).all()
    assert issued["amount_off"].tolist()[1] == 50
    for column, row, value in [
        ("amount_off", 1, 500.0),
        ("min_spend", 1, 30.0),
        ("min_spend", 0, 10.0),
        ("unit_cost", 2, 40.0),
        ("points_per_unit", 3, 20.0),
        ("point_value", 3, 1.0),
        ("kind", 2, "service"),
        ("valid_from", 5, pd.Timestamp("2024-03-01 09:00")),
    ]:
        forged = issued.copy()
        forged.loc[row, column] = value
        expected = [True] * 6
        expected[row] = False
        assert verify_coupons(forged, KEY).tolist() == expected


def test_a_code_of_kinds_survives_a_file(tmp_path: Path) -> None:
    actions = pd.DataFrame({"customer_id": range(6), "offer": KINDS["offer"]})
    issue_coupons(actions, KEY, offers=KINDS).to_csv(tmp_path / "a.csv", index=False)
    assert verify_coupons(pd.read_csv(tmp_path / "a.csv"), KEY).all()


def test_a_plain_percentage_has_the_code_that_it_had_before_there_were_kinds() -> None:
    """As printed by version 1, by hand: HMAC over customer, order, offer, discount and days."""
    plain = coupons(1, customer_id=[7])
    code = issue_coupons(plain, b"a key for examples alone")["code"].tolist()
    assert code == ["U3DH-DC4R-THLY-D7NC"]
    stated = plain.assign(kind="percentage", min_spend=0.0, amount_off=np.nan)
    assert issue_coupons(stated, b"a key for examples alone")["code"].tolist() == code


def test_a_coupon_gets_the_terms_of_its_level() -> None:
    offers = KINDS[:1].assign(discount=None, kind="percentage")
    levels = pd.DataFrame(
        {"offer": "20%", "by": "tier", "level": ["gold", "silver"], "discount": [0.2, 0.1]}
    )
    actions = pd.DataFrame({"customer_id": [1, 2], "offer": "20%", "tier": ["silver", "gold"]})
    issued = issue_coupons(actions, KEY, offers=offers, levels=levels)
    assert issued["discount"].tolist() == [0.1, 0.2]
    with pytest.raises(DataError, match=r"1 coupon is for customers who have no level.*row 1"):
        issue_coupons(actions.assign(tier=["gold", "basic"]), KEY, offers=offers, levels=levels)
    by_amount = levels.drop(columns="level").assign(by="amount", at_least=[0, 100])
    with pytest.raises(DataError, match="depend on the amount of the purchase, which is unknown"):
        issue_coupons(actions, KEY, offers=offers, levels=by_amount)
    with pytest.raises(ValueError, match="levels need the offers table; give offers= as well"):
        issue_coupons(coupons(), KEY, levels=levels)


@pytest.mark.parametrize("name", ["product_category", "start_date", "end_date"])
def test_a_term_under_another_name_is_refused(name: str) -> None:
    actions = pd.DataFrame({"customer_id": [1], "offer": "20%", name: "sport"})
    for table, offers in ((actions, KINDS), (coupons(**{name: "sport"}), None)):
        with pytest.raises(DataError, match=rf"coupons has a column '{name}'.*did you mean"):
            issue_coupons(table, KEY, offers=offers)
