"""The size of an SMS, against the character tables and a walk over every text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cemkit.promotion.sms import ALPHABET, EXTENSION, sms_sizes


def size(text: str) -> tuple[int, int]:
    lengths, segments = sms_sizes([text])
    return int(lengths[0]), int(segments[0])


def test_the_alphabet_is_that_of_gsm_03_38() -> None:
    assert len(ALPHABET) == len({*ALPHABET}) == 127  # 128 codes less the escape
    assert len(EXTENSION) == 10
    assert not {*ALPHABET} & {*EXTENSION}
    assert {*"@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ¤¡ÄÖÑÜ§¿äöñüà"} <= {*ALPHABET}
    assert not {*"`çáíóúñ".replace("ñ", "")} & {*ALPHABET}


@pytest.mark.parametrize(
    ("text", "length", "segments"),
    [
        ("", 0, 1),
        ("a" * 160, 160, 1),
        ("a" * 161, 161, 2),
        ("a" * 306, 306, 2),
        ("a" * 307, 307, 3),
        ("€" * 80, 160, 1),
        ("€" * 81, 162, 2),
        # 76 euro signs and one character fill 153; the next euro sign is not split.
        ("€" * 76 + "€" * 76 + "€", 306, 3),
        ("汉" * 70, 70, 1),
        ("汉" * 71, 71, 2),
        ("汉" * 134, 134, 2),
        ("汉" * 135, 135, 3),
        ("a" * 69 + "`", 70, 1),
        ("a" * 70 + "`", 71, 2),
        ("😀" * 35, 70, 1),
        ("😀" * 36, 72, 2),
        ("汉" * 66 + "😀" + "汉" * 66, 134, 3),  # the emoji would be split at 67
        ("Ça va? à bientôt", 16, 1),
    ],
)
def test_sizes(text: str, length: int, segments: int) -> None:
    assert size(text) == (length, segments)


def walked(text: str) -> tuple[int, int]:
    """Count by filling segments character by character, by the standard's tables."""
    gsm = all(letter in ALPHABET + EXTENSION for letter in text)
    alone, each = (160, 153) if gsm else (70, 67)
    units = [
        (2 if letter in EXTENSION else 1) if gsm else len(letter.encode("utf-16-le")) // 2
        for letter in text
    ]
    if sum(units) <= alone:
        return sum(units), 1
    filled = [0]
    for unit in units:
        if filled[-1] + unit > each:
            filled.append(0)
        filled[-1] += unit
    return sum(units), len(filled)


letters = st.sampled_from("ab€[é汉😀`\n")


@given(st.lists(st.text(letters, max_size=40).map(lambda text: text * 9), max_size=5))
def test_many_texts_are_counted_as_each_alone(texts: list[str]) -> None:
    lengths, segments = sms_sizes(texts)
    found = list(zip(lengths.tolist(), segments.tolist(), strict=True))
    assert found == [walked(text) for text in texts]
