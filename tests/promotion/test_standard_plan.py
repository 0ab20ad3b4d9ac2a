"""The standard plan names every segment, stage and tier, and only offers that there are."""

import pytest

from cemkit.catalogue import languages, words
from cemkit.data.offers import read_offers
from cemkit.promotion import standard_actions, standard_offers


def test_every_group_of_cemkit_has_an_offer() -> None:
    plan = standard_actions()
    for by, names in (("segment", "SEGMENTS"), ("stage", "STAGES"), ("value_tier", "VALUE_TIERS")):
        assert sorted(plan.loc[plan["by"] == by, "value"]) == sorted(getattr(words("en"), names))
    assert set(plan["offer"]) <= set(read_offers(standard_offers(), ())["offer"])


@pytest.mark.parametrize("language", languages())
def test_labels_are_those_of_the_language(language: str) -> None:
    plan = standard_actions(language).set_index("value")
    assert plan.loc["At risk", "label"] == words(language).SEGMENTS["At risk"]
    english = standard_actions().set_index("value")
    assert plan.drop(columns="label").equals(english.drop(columns="label"))


def test_each_call_gives_a_table_of_its_own() -> None:
    for table in (standard_actions(), standard_offers()):
        table.loc[0, "offer"] = "mine"
    assert "mine" not in set(standard_actions()["offer"]) | set(standard_offers()["offer"])
    with pytest.raises(ValueError, match="language must be one of"):
        standard_actions("xx")
