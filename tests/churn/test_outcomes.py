"""What an outcome is called."""

import pandas as pd
import pytest

from cemkit.catalogue import languages, words
from cemkit.churn.outcomes import CHURN, NOUNS, Outcome


@pytest.mark.parametrize("name", ["upgrade", "upgraded", " upgrade "])
def test_an_outcome_is_known_by_its_noun_and_by_its_label(name: str) -> None:
    found = Outcome.named(name)
    assert (found.noun, found.label) == ("upgrade", "upgraded")
    assert (found.probability, found.rate) == ("upgrade_probability", "upgrade_rate")
    assert found.taken == {"upgrade", "upgraded", "upgrade_probability"}


def test_any_other_word_is_its_own_label() -> None:
    assert Outcome.named("opened mail") == Outcome("opened mail", "opened mail")
    assert Outcome.named("churned") == CHURN
    assert Outcome.of(pd.Series([0, 1], name="repurchased")).noun == "repurchase"
    assert Outcome.of([0, 1]).noun == "outcome"
    assert Outcome.of(pd.Series([0, 1], name=7)).noun == "outcome"


def test_a_word_it_must_be() -> None:
    with pytest.raises(TypeError, match="must be a word such as 'upgrade', not 3"):
        Outcome.named(3)
    with pytest.raises(ValueError, match="not blank"):
        Outcome.named(" ")


@pytest.mark.parametrize("language", languages())
def test_every_language_has_words_for_the_outcomes_of_cemkit(language: str) -> None:
    assert set(words(language).OUTCOMES) == set(words(language).HAD_OUTCOME) == set(NOUNS.values())
