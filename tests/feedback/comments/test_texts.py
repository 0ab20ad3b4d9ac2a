"""Comments as people read them: HTML, control characters, personal data, length, repetitions."""

import time

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cemkit.data import find_personal_data
from cemkit.errors import DataError, MissingColumnsError
from cemkit.feedback.comments.texts import (
    Comments,
    check_responses,
    clean_text,
    excerpt,
    once_each,
)


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("good &amp; cheap", "good & cheap"),
        ("a&nbsp;b &#32; c", "a b c"),
        ("one<br />two<a href='x'>three</a>", "one two three"),
        ("&lt;b&gt;bold&lt;/b&gt;", "bold"),
        ("price < 5 and > 3, I <3 it", "price < 5 and > 3, I <3 it"),
        ("a\x00b\x07\tc\r\nd", "a b c d"),
        ("x\u200b\u202ey\ufeff", "xy"),
        ("\ud800 lone", "lone"),
        ("write to ann&#64;x.org", "write to [email]"),
        ("138&nbsp;0013&#32;8000", "[phone]"),
        ("电话１３８００１３８０００", "电话[phone]"),
        ("&amp;amp;", "&"),
        (" \n ", ""),
        ("nan", ""),
        ("<br>", ""),
        ("<STYLE type='x'>p { color: red }</style>好<script>if (a < b) hi()</script >吃", "好 吃"),
        ("<script>no end", "no end"),
        ("<style>a</style><style>b</style>c", "c"),
    ],
)
def test_a_comment_becomes_what_people_read(text: str, clean: str) -> None:
    assert clean_text(text) == clean


@settings(deadline=None)
@given(st.text())
def test_clean_texts_are_one_line_without_control_characters_and_stay(text: str) -> None:
    clean = clean_text(text)
    assert clean.isprintable() or not clean.isascii()
    assert not any(ord(character) < 32 for character in clean)
    clean.encode()
    assert find_personal_data(pd.DataFrame({"note": [clean]})).empty


def test_long_comments_are_cut_and_counted_after_masking() -> None:
    long = "很好" * 50_000
    edge = "x" * 4_996 + " 13800138000"  # a number across the limit leaves no digit behind
    comments = Comments.of(pd.Series([long, edge, "short"]))
    assert comments.cut == 2
    assert [len(text) for text in comments.texts] == [5000, 5000, 5]
    assert not any(character.isdigit() for character in comments.texts[1])


@pytest.mark.parametrize(
    "text",
    [
        *("<a" * 50_000, "&#" * 50_000, "<" * 10**5, "&amp;" * 20_000, "x@y.com" * 14_000),
        *("<script>" * 12_000, "<script>" + "<" * 10**5, "<style>a</script>" * 6_000),
    ],
)
def test_long_comments_take_time_in_proportion_to_their_length(text: str) -> None:
    start = time.process_time()
    clean_text(text)
    assert time.process_time() - start < 5  # in proportion to the square it takes minutes


def test_empty_comments_are_counted_and_rows_stay() -> None:
    given_ = pd.Series(["好", None, " ", "null", np.nan, "ok"], index=list("abcdef"))
    comments = Comments.of(given_)
    assert comments.empty == 4
    assert comments.present.tolist() == [True, False, False, False, False, True]
    assert comments.texts.index.tolist() == list("abcdef")


@pytest.mark.parametrize("dtype", ["str", "string", "category", "string[pyarrow]", object])
def test_text_of_every_type_is_read(dtype: str) -> None:
    values = pd.Series(["好", None, "好"], dtype=dtype)
    assert Comments.of(values).texts.tolist() == ["好", None, "好"]


def test_comments_that_are_no_text_are_refused_with_the_remedy() -> None:
    with pytest.raises(DataError, match=r"must be text, and row 1 holds 5; convert the column"):
        Comments.of(pd.Series(["a", 5], dtype=object))


def test_each_text_and_group_counts_once_in_the_order_of_the_text() -> None:
    texts = np.array(["b", "a", "b", "b", "a"], dtype=object)
    groups = np.array([0, 0, 1, 0, 0])
    kept = once_each(texts, groups)
    assert [(texts[k], groups[k]) for k in kept] == [("a", 0), ("b", 0), ("b", 1)]


def test_an_excerpt_shows_the_term() -> None:
    text = "x" * 200 + " 隔音很差 " + "y" * 200
    assert "隔音" in excerpt(text, "隔音")
    assert len(excerpt(text, "隔音")) <= 120
    assert excerpt("short") == "short"


def test_a_table_without_comments_says_what_it_has() -> None:
    with pytest.raises(MissingColumnsError, match="missing column 'comment' .*'comments'"):
        check_responses(pd.DataFrame({"comments": ["a"]}), ["comment"])
