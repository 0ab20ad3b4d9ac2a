"""Scores of touchpoints: the worst of a group, groups without answers, and spellings."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.journey import journey_map
from cemkit.journey.touchpoint_scores import Asked, scores_by_group, with_scores

GROUPS = pd.DataFrame({"city": ["北京", "Bonn"] * 60}, index=pd.RangeIndex(120, name="customer_id"))
ASKED = Asked("nps", None, 0.95)


def answers(cities: list[int]) -> pd.DataFrame:
    """Return ratings of two touchpoints by the customers of some cities, `cart` the worse."""
    who = np.flatnonzero(np.isin(np.arange(120) % 2, cities))
    cart = pd.DataFrame({"customer_id": who, "touchpoint": "cart", "score": who % 5})
    return pd.concat([cart, cart.assign(touchpoint="客服", score=10)], ignore_index=True)


def test_each_group_has_its_worst_touchpoint_and_strangers_are_counted() -> None:
    rated = pd.concat([answers([0, 1]), answers([0]).head(3).assign(customer_id=-1)])
    scores, ungrouped = scores_by_group(rated, GROUPS, np.arange(120) % 2, 2, ASKED)
    assert ungrouped == 3
    for table in scores:
        assert table is not None
        assert table.loc[table["worst"], "touchpoint"].tolist() == ["cart"]


def test_a_group_without_answers_has_no_scores() -> None:
    scores, _ = scores_by_group(answers([1]), GROUPS, np.arange(120) % 2, 2, ASKED)
    assert [table is None for table in scores] == [True, False]
    reached = pd.DataFrame({"touchpoint": ["cart"], "customers": [4]})
    both, unmatched = with_scores(reached, scores[0])
    assert both["score"].isna().all()
    assert (both["answers"].tolist(), unmatched) == ([0], set())


def test_a_touchpoint_of_two_spellings_is_refused() -> None:
    events = pd.DataFrame(
        {
            "customer_id": [1, 1, 2],
            "event": ["visit", "Visit", "order"],
            "event_time": pd.to_datetime(["2024-03-01", "2024-03-03", "2024-03-01"]),
        }
    )
    answers = pd.DataFrame({"customer_id": range(20), "touchpoint": "visit", "score": 9})
    with pytest.raises(DataError, match=r"event: .* differ in case, blanks or width alone"):
        journey_map(events, answers, as_of="2024-05-31", target="order")
