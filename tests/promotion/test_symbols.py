"""Signs: a language that only the caller's templates speak."""

from decimal import Decimal

import pandas as pd

from cemkit.catalogue import words
from cemkit.promotion import symbols


def test_the_signs_of_numbers_and_days() -> None:
    assert symbols.discount_words(Decimal("0.125")) == "-12.5%"
    assert symbols.money_words(Decimal("49.90")) == "49.9"
    assert symbols.points_words(Decimal(100)) == "100"
    assert symbols.day_words(pd.Timestamp("2024-03-31")) == "2024-03-31"
    assert symbols.scope_words("x") == symbols.headline_words("x") == "x"


def test_they_have_no_words_of_any_language() -> None:
    said = [
        *symbols.PHRASES.values(),
        *(form for forms in symbols.BENEFITS.values() for form in forms),
    ]
    for text in said:
        bare = "".join(part.split("}")[-1] for part in text.split("{"))
        assert not any(letter.isalpha() for letter in bare), text


def test_they_stand_for_every_word_that_messages_need() -> None:
    english = words("en")
    for name in ("BENEFITS", "PHRASES", "SIGNATURES", "OPT_OUTS"):
        assert getattr(symbols, name).keys() == getattr(english, name).keys()
