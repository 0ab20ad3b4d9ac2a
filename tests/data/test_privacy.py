"""Pseudonyms against RFC 4231; consent that fails closed; personal data by their check digits."""

import decimal
import secrets
import traceback
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit.data import find_personal_data, pseudonymize
from cemkit.data.privacy import hmac_sha256
from cemkit.errors import DataError, MissingColumnsError

# RFC 4231, sections 4.2 to 4.8 (4.6 truncates): key, data, HMAC-SHA-256.
RFC_4231 = [
    (b"\x0b" * 20, b"Hi There", "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7"),
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
    (
        b"\xaa" * 131,
        b"Test Using Larger Than Block-Size Key - Hash Key First",
        "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54",
    ),
    (
        b"\xaa" * 131,
        b"This is a test using a larger than block-size key and a larger than block-size data. "
        b"The key needs to be hashed before being used by the HMAC algorithm.",
        "9b09ffa71b942fcb27635fbcd5b0e944bfdc63644f0713938a7f51535c3a35e2",
    ),
]
KEY = bytes(range(32))


@pytest.mark.parametrize(("key", "message", "digest"), RFC_4231)
def test_the_hash_is_that_of_rfc_4231(key: bytes, message: bytes, digest: str) -> None:
    assert hmac_sha256(key, message).hex() == digest


def pseudonyms(values: object, key: bytes = KEY, purpose: str = "test") -> list[object]:
    table = pseudonymize(pd.DataFrame({"id": values}), "id", key=key, purpose=purpose)
    return table["id"].tolist()


def test_a_pseudonym_is_the_hash_under_the_key_of_the_purpose() -> None:
    expected = hmac_sha256(hmac_sha256(KEY, b"test"), b"7").hex()[:32]
    assert pseudonyms([7]) == pseudonyms(["7"]) == pseudonyms([7.0]) == [expected]


def test_tables_join_within_a_purpose_and_not_across() -> None:
    assert pseudonyms(["a", "b"]) == pseudonyms(["b", "a"])[::-1]
    assert not set(pseudonyms(["a", "b"])) & set(pseudonyms(["a", "b"], purpose="other"))
    assert not set(pseudonyms(["a"])) & set(pseudonyms(["a"], key=KEY[::-1]))


def test_missing_values_and_other_columns_stay() -> None:
    people = pd.DataFrame({"id": ["a", None], "email": ["x", "x"], "n": [1, 2]}, index=[5, 4])
    masked = pseudonymize(people, ["id", "email"], key=KEY, purpose="test")
    assert masked["id"].isna().tolist() == [False, True]
    assert masked.index.tolist() == [5, 4]
    assert masked["n"].tolist() == [1, 2]
    assert people["id"].tolist()[0] == "a"


@pytest.mark.parametrize(
    ("key", "error"), [(None, TypeError), ("secret-" * 9, TypeError), (b"short-secret", ValueError)]
)
def test_bad_keys_are_refused_and_never_shown(key: object, error: type[Exception]) -> None:
    with pytest.raises(error, match=r"key must .* secrets.token_bytes\(32\)") as caught:
        pseudonyms(["a"], key=key)  # type: ignore[arg-type]
    assert "secret-" not in str(caught.value)
    assert "short-secret" not in "".join(traceback.format_exception_only(caught.value))


def test_the_key_is_in_no_message_and_no_result() -> None:
    key = secrets.token_bytes(32)
    with pytest.raises(DataError) as caught:
        pseudonyms([0.5], key=key)
    for text in (str(caught.value), repr(pseudonyms(["a"], key=key))):
        assert key.hex() not in text
        assert repr(key) not in text


def test_bad_arguments_of_pseudonymize() -> None:
    with pytest.raises(ValueError, match="purpose must say what the pseudonyms are for"):
        pseudonyms(["a"], purpose=" ")
    with pytest.raises(MissingColumnsError, match="missing column 'email'"):
        pseudonymize(pd.DataFrame({"id": [1]}), "email", key=KEY, purpose="test")


PERSONAL = {
    "email": ["Ann.B+x@mail.example.org", "see <bob@x.cn>"],
    "phone": ["13800138000", "+86 138 0013 8000", "+44 20 7946 0958", "tel 138-0013-8000"],
    "card": [
        "4111 1111 1111 1111",
        "5500005555555559",
        "378282246310005",
        "3782 822463 10005",
        "4111-1111-1111-1111 12/27",
        "4111111111111111 12/27, 123",
        "6222 0212 3456 7890 128",
        "paid with 4111111111111111.",
    ],
}
HARMLESS = [
    "536365",
    "85123A",
    "2010-12-01 08:26:00",
    "4111111111111112",
    "110105194912310021",
    "12345678901234567890123",
    "3.14159265358979",
    "ann@home",
    "0000000000000000",
]


@pytest.mark.parametrize("kind", ["email", "phone", "card"])
def test_personal_data_are_found(kind: str) -> None:
    found = find_personal_data(pd.DataFrame({"note": [*PERSONAL[kind], "nothing", None]}))
    line = found[found["kind"] == kind].iloc[0]
    assert line["matches"] == len(PERSONAL[kind])
    assert line["share"] == pytest.approx(len(PERSONAL[kind]) / (len(PERSONAL[kind]) + 1))
    assert list(found["kind"]) == [kind]


def test_chinese_identity_numbers_are_found_by_their_check_digit() -> None:
    found = find_personal_data(pd.DataFrame({"id": ["11010519491231002X", "110105194912310021"]}))
    assert found.to_dict("records") == [
        {"column": "id", "kind": "china_id", "matches": 1, "share": 0.5}
    ]


def test_harmless_values_are_left_alone() -> None:
    assert find_personal_data(pd.DataFrame({"note": HARMLESS})).empty
    dates = pd.to_datetime(["2024-01-01"])
    assert find_personal_data(pd.DataFrame({"day": dates, "n": [1.5]})).empty


def test_telephone_numbers_kept_as_numbers_are_found() -> None:
    found = find_personal_data(pd.DataFrame({"n": [13800138000, 5], "f": [13800138000.0, np.nan]}))
    assert found["column"].tolist() == ["n", "f"]


def test_personal_data_in_a_named_index_are_found() -> None:
    customers = pd.DataFrame({"n": [1]}, index=pd.Index(["ann@x.org"], name="customer_id"))
    assert find_personal_data(customers)["column"].tolist() == ["customer_id"]


@pytest.mark.parametrize("dtype", [object, "float64", "float32", "Float64", "Int64"])
def test_a_whole_number_is_one_value_however_it_is_held(dtype: Any) -> None:
    held = pd.DataFrame({"id": pd.Series([7.0, None], dtype=dtype)})
    masked = pseudonymize(held, "id", key=KEY, purpose="test")["id"]
    assert masked[0] == pseudonyms(["7"], purpose="test")[0]


def test_floats_in_which_ids_run_together_are_refused() -> None:
    with pytest.raises(DataError, match=r"id has (fractional ids|float ids above 2\^53)"):
        pseudonymize(pd.DataFrame({"id": [2.0**60]}), "id", key=KEY, purpose="test")


def test_long_cells_take_time_in_proportion_to_their_length() -> None:
    """At 20 s for 100,000 letters, as before, these would take minutes."""
    cells = ["a" * 300_000, "a." * 150_000, "@" * 300_000, "1" * 300_000, "a@" + "." * 300_000]
    assert find_personal_data(pd.DataFrame({"note": cells})).empty
    found = find_personal_data(pd.DataFrame({"note": ["x" * 10**5 + " ann@x.org"]}))
    assert found["kind"].tolist() == ["email"]


@pytest.mark.parametrize(
    "values",
    [
        [8.0],
        ["8"],
        [" 8.0"],
        [decimal.Decimal("8.0")],
        [np.float32(8)],
        pd.array([8], dtype="Int64"),
        pd.Categorical([8.0]),
    ],
)
def test_a_number_has_one_pseudonym_in_every_type(values: Any) -> None:
    expected = pseudonymize(pd.DataFrame({"id": [8]}), "id", key=bytes(32), purpose="x")
    for dtype in (None, object):
        frame = pd.DataFrame({"id": pd.Series(values, dtype=dtype)})
        assert pseudonymize(frame, iter(["id"]), key=bytes(32), purpose="x").equals(expected)


def test_a_day_has_one_pseudonym_in_every_type() -> None:
    days = pd.Series(pd.to_datetime(["1990-05-01"]))
    spelled = [days, days.astype("datetime64[s]"), days.dt.date, pd.Series(["1990-05-01"])]
    masked = [
        pseudonymize(pd.DataFrame({"day": day}), "day", key=bytes(32), purpose="x")["day"].iloc[0]
        for day in spelled
    ]
    assert len(set(masked)) == 1


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("phone", "１３８００００００01"),
        ("phone", "＋44 20 7946 0000"),
        ("email", "ann＠x.org"),
        ("card", "４１１１ 1111 1111 1111"),
        ("china_id", "11010519491231002Ｘ"),
    ],
)
def test_personal_data_are_found_in_letters_of_any_width(kind: str, text: str) -> None:
    assert find_personal_data(pd.DataFrame({"note": [text]}))["kind"].tolist() == [kind]
