"""Pseudonyms against RFC 4231; consent that fails closed; personal data by their check digits."""

import decimal
import secrets
import traceback
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data import find_personal_data, mask_personal_data, pseudonymize
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
    with pytest.raises(ValueError, match="purpose is empty; name what the pseudonyms are for"):
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


MOBILES = [
    "13800138000",
    "138 0013 8000",
    "138-0013-8000",
    "+86 13800138000",
    "0086-138-0013-8000",
    "86 138 0013 8000",
    "（+86）13800138000",
    "１３８００１３８０００",
    "138\u30000013\u30008000",
    "138—0013—8000",
    "1380 013 8000",
    "138 001 38000",
    "13800 138000",
    "138.0013.8000",
]
LANDLINES = ["010-62345678", "(021)62345678", "0571 8765 4321", "0755-8234567"]
LANDLINES += ["01062345678", "010-62345678转801", "0571-87654321-12"]
OTHER_PHONES = ["+44 20 7946 0958", "0044 20 7946 0958", "(415) 555-2671"]
OTHER_PHONES += ["1-800-242-8807", "415-555-2671", "+1 (415) 555-2671"]
CARDS = ["6222021234567890128", "4111 1111 1111 1111", "5500-0055-5555-5559", "378282246310005"]
IDS = ["11010519491231002X", "11010519491231002ｘ", "110105 19491231 002X"]
EMAILS = ["abc@qq.com", "a.b-c_d@mail.example.com.cn", "ａｂｃ＠ｑｑ．ｃｏｍ", "1380013@163.com"]
GOLDEN = [
    *((text, "[phone]") for text in (*MOBILES, *LANDLINES, *OTHER_PHONES)),
    *((text, "[card]") for text in CARDS),
    *((text, "[id]") for text in IDS),
    *((text, "[email]") for text in EMAILS),
]


def masked(text: str, **options: Any) -> str:
    return mask_personal_data(pd.Series([text]), **options).iloc[0]


@pytest.mark.parametrize(("text", "mask"), GOLDEN)
@pytest.mark.parametrize(
    "around",
    ["{}", "请打{}找我", "电话：{}，谢谢", "call {} now", "（{}）", "联系方式…ﬁ{}。下次3折"],
)
def test_personal_data_are_masked_whole_wherever_they_stand(
    around: str, text: str, mask: str
) -> None:
    if mask == "[email]":  # its letters would go on
        around = around.replace("ﬁ", "：")
    assert masked(around.format(text)) == around.format(mask)


UNMASKED = [
    *HARMLESS,
    "4块钱，送了40分钟，2023年11月12日18:30",
    "¥13,800,138,000.00",
    "15.99 17.99 123",
    "978-7-111-54742-6",
    "978-2-005-21789-8",
    "9787111547426",  # ISBN-13, of which one in ten passes the Luhn check
    "20240131134500",
    "订单202401311345001234",
    "12345678",
    "192.168.100.100",
    "0.13800138000",
    "&#32;&#13800138;",
    "0012345678901",
    "房间1808，3楼，10:00-22:00",
    "@张三",
]


@pytest.mark.parametrize("text", UNMASKED)
def test_other_numbers_stay(text: str) -> None:
    assert masked(text) == text
    assert find_personal_data(pd.DataFrame({"note": [text]})).empty


@pytest.mark.parametrize(
    ("draw", "most"),
    [
        (lambda rng: f"订单{rng.integers(10**9, 10**10)}", 0.0),
        (lambda rng: f"订单{rng.integers(10**10, 10**11)}", 0.095),  # 7 in 90 begin as mobiles do
        (lambda rng: f"订单{rng.integers(10**11, 10**12)}", 0.0),
        (lambda rng: f"订单{rng.integers(10**15, 10**16)}", 0.06),  # a Luhn check passes 1 in 10
        (lambda rng: f"978{rng.integers(10**9, 10**10)}", 0.005),
        (lambda rng: str(pd.Timestamp(int(rng.integers(10**18, 2 * 10**18)))), 0.0),
        (lambda rng: f"{rng.integers(1, 10**9) / 100:,.2f}元", 0.0),
    ],
)
def test_few_numbers_of_other_kinds_are_masked(draw: Any, most: float) -> None:
    rng = np.random.default_rng(0)
    texts = pd.Series([draw(rng) for _ in range(2000)])
    assert (mask_personal_data(texts) != texts).mean() <= most


def luhn_digit(digits: str) -> str:
    """The digit that makes a number pass the check, by trying all."""
    for last in "0123456789":
        doubled = "".join(
            str(int(digit) * (1 + k % 2)) for k, digit in enumerate(reversed(digits + last))
        )
        if sum(map(int, doubled)) % 10 == 0:
            return last
    raise AssertionError


PARTS = st.one_of(
    st.sampled_from([*(text for text, _ in GOLDEN), *UNMASKED, "[phone]", "[id]", "@", "+86"]),
    st.from_regex(r"1[3-9][0-9]{9}", fullmatch=True),
    st.from_regex(r"62[0-9]{13,16}", fullmatch=True).map(lambda d: d + luhn_digit(d)),
    st.text(max_size=4),
    st.sampled_from(list("，。 -.的x5")),
)


@settings(deadline=None)
@given(st.lists(PARTS, max_size=8).map("".join))
def test_masking_again_changes_nothing_and_nothing_is_found(text: str) -> None:
    once = masked(text)
    assert masked(once) == once
    assert find_personal_data(pd.DataFrame({"note": [once]})).empty
    found = find_personal_data(pd.DataFrame({"note": [text]}))
    assert found.empty == (once == text)


def test_masking_keeps_the_index_the_type_and_missing_values() -> None:
    notes = pd.Series(["a@b.cn", None, "x"], index=[3, 3, 1], name="note")
    answer = mask_personal_data(notes)
    assert answer.index.tolist() == [3, 3, 1]
    assert (answer.name, answer.dtype) == ("note", notes.dtype)
    assert answer.isna().tolist() == [False, True, False]
    assert notes.tolist()[0] == "a@b.cn"
    for dtype in ("category", "string[pyarrow]", object):
        assert mask_personal_data(notes.astype(dtype)).tolist()[0] == "[email]"


def test_numbers_are_read_as_their_digits() -> None:
    assert mask_personal_data(pd.Series([13800138000.0, 5.0])).tolist() == ["[phone]", 5.0]


def test_only_the_kinds_asked_for_are_masked() -> None:
    text = "ann@x.org 13800138000"
    assert masked(text, kinds=["phone"]) == "ann@x.org [phone]"
    assert masked(text, kinds=[]) == text
    with pytest.raises(ValueError, match="kinds must be one of 'email', 'phone', 'card'"):
        masked(text, kinds=["name"])
    with pytest.raises(TypeError, match="kinds must be a list, as in kinds="):
        masked(text, kinds="phone")
    with pytest.raises(TypeError, match=r"comments must be a pandas Series, .*pd.Series\(\[text"):
        mask_personal_data("ann@x.org")  # type: ignore[arg-type]


def test_long_texts_are_masked_in_proportion_to_their_length() -> None:
    long = ["a" * 300_000, "a@" * 150_000, "1" * 300_000, "138 " * 75_000, "+1(" * 100_000]
    for text in long:
        masked(text)
    assert masked("x" * 10**5 + " 13800138000").endswith(" [phone]")


@pytest.mark.parametrize(
    ("one", "mask"),
    [
        ("x@y.com", "[email]"),
        ("(010)62345678", "[phone]"),
        ("13800138000.", "[phone]."),
        ("4111111111111111 ", "[card] "),
    ],
)
def test_numbers_and_addresses_in_a_row_are_masked_in_proportion(one: str, mask: str) -> None:
    several = 7000
    shown = masked(one * several)
    assert shown == (mask if mask == "[email]" else mask * several)
