"""Simulated comments: their shares, languages and trend, and the same seed the same comments."""

from typing import Any

import pandas as pd
import pytest

from cemkit.feedback import simulate_comments


def test_scores_and_languages_are_as_asked() -> None:
    table = simulate_comments(4000, positive=0.7, random_state=1).table
    sides = table["score"].ge(9)[~table["score"].isin([7, 8])]
    assert sides.mean() == pytest.approx(0.7, abs=0.03)
    chinese = table["comment"].str.contains("[一-龥]")
    assert chinese.mean() == pytest.approx(0.5, abs=0.03)
    for language, share in (("zh", 1), ("en", 0)):
        one = simulate_comments(50, language=language).table["comment"]
        assert one.str.contains("[一-龥]").mean() == share


def test_delivery_gets_worse_in_the_second_half() -> None:
    table = simulate_comments(6000, random_state=2).table
    bad = table[table["score"] <= 6]
    late = bad["response_date"] >= "2023-04-01"
    delivery = bad["touchpoint"] == "delivery"
    assert delivery[late].mean() > 1.5 * delivery[~late].mean()


def test_a_seed_gives_the_same_comments() -> None:
    one, other, third = (simulate_comments(50, random_state=seed).table for seed in (3, 3, 4))
    pd.testing.assert_frame_equal(one, other)
    assert not one["comment"].equals(third["comment"])


@pytest.mark.parametrize(
    "odd", [{"n_comments": 0}, {"language": "fr"}, {"positive": 1}, {"noise": 2}, {"n_days": 0}]
)
def test_bad_arguments(odd: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(odd))):
        simulate_comments(**{"n_comments": 5} | odd)
