"""English."""

import pytest

from cemkit.catalogue.en.churn import separation_words
from cemkit.catalogue.en.messages import scope_words
from cemkit.catalogue.en.parts import no_share


@pytest.mark.parametrize(
    ("kind", "names", "separated", "words"),
    [
        ("quasi", ["a"], 5, "quasi separation: 'a' perfectly predicts the outcome of 5 of 1,000"),
        ("complete", ["a", "b"], 1000, "'a', 'b' together perfectly predict the outcome of all 1"),
        ("quasi", list("abcdefgh"), 5, "'f' and 2 more together perfectly predict the outcome of"),
    ],
)
def test_which_terms_separate(kind: str, names: list[str], separated: int, words: str) -> None:
    assert words in separation_words(kind, names, separated, 1000)


def test_why_there_is_no_share() -> None:
    assert no_share("lift", "the baseline").endswith("the baseline is not clearly above 0")


def test_a_scope_stays_as_it_is() -> None:
    assert scope_words("iPhone 15") == "iPhone 15"
