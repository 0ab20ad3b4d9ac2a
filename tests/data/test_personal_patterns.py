"""Spans of personal data: their ends beside other characters, and their order."""

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data.personal_patterns import SPANS, personal_kinds, personal_spans, plain


def found(text: str) -> list[tuple[str, str]]:
    return [(text[start:end], kind) for start, end, kind in personal_spans(plain(text), SPANS)]


@settings(deadline=None)
@given(st.text())
def test_places_in_the_plain_text_are_places_in_the_text(text: str) -> None:
    assert len(plain(text)) == len(text)
    for before, after in zip(text, plain(text), strict=True):
        form = unicodedata.normalize("NFKC", before)
        assert after in {before, form, str(unicodedata.decimal(before, ""))}


@pytest.mark.parametrize("digits", ["１２３", "١٢٣", "१२३", "①②③"])
def test_digits_of_every_script_are_digits(digits: str) -> None:
    assert plain(digits) == "123"


def test_what_overlaps_is_one_span_of_the_first_kind() -> None:
    assert found("13800138000@qq.com") == [("13800138000@qq.com", "email")]
    assert found("11010519491231002X") == [("11010519491231002X", "china_id")]


def test_kinds_are_those_whose_patterns_are_there() -> None:
    assert personal_kinds("13800138000@qq.com") == ["email", "phone"]
    assert personal_kinds("1234567, @home") == []


def test_spans_come_in_order() -> None:
    text = "ann@x.org, 138 0013 8000; 4111 1111 1111 1111"
    assert [kind for _, kind in found(text)] == ["email", "phone", "card"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("我的邮箱是abc@qq.com吧", "abc@qq.com"),
        ("‘ann@x.org’", "ann@x.org"),
        ("回复．ＡＮＮ＠ＳＯＨＵ．ＣＯＭ宾馆", "ＡＮＮ＠ＳＯＨＵ．ＣＯＭ"),
        ("müller@x.de.", "müller@x.de"),
        ("邮箱：张三@例子.com", "张三@例子.com"),
        ("mail:a.b+c@d-e.co.uk,", "a.b+c@d-e.co.uk"),
    ],
)
def test_an_address_ends_where_its_letters_end(text: str, address: str) -> None:
    assert found(text) == [(address, "email")]


@pytest.mark.parametrize("text", ["@张三", "a@b", "3@4", "@", "价格@10.5", "：@qq.com"])
def test_other_uses_of_the_sign_are_no_address(text: str) -> None:
    assert found(text) == []
