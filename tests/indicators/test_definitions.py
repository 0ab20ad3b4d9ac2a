"""Every indicator is defined once, and named in every language."""

import pytest

from cemkit.catalogue import languages, words
from cemkit.indicators.definitions import INDICATORS, PEOPLE_VALUES, PER_DAY


@pytest.mark.parametrize("language", languages())
def test_every_indicator_has_its_name_in_every_language(language: str) -> None:
    names = words(language).INDICATORS
    assert set(names) == set(INDICATORS)
    assert len(set(names.values())) == len(names)
    assert all(name.strip() for name in names.values())


def test_chinese_names_are_chinese_but_for_none() -> None:
    assert all(any("一" <= letter <= "鿿" for letter in n) for n in words("zh").INDICATORS.values())


def test_special_lists_name_indicators() -> None:
    assert {*PEOPLE_VALUES, *PER_DAY} <= set(INDICATORS)


def test_what_depends_on_the_window_says_so() -> None:
    window = {name for name, one in INDICATORS.items() if one.window}
    assert window == {
        *("active_customers", "lapsed_customers", "retention_rate", "churn_rate"),
        *("reactivation_rate", "complaint_rate", "referral_rate"),
    }
