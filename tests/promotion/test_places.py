"""Places that differ between customers: each in the language of its action."""

import numpy as np
import pandas as pd
import pytest

from cemkit.errors import DataError
from cemkit.promotion import places
from cemkit.promotion.speech import Speech

SPEECHES = {
    language: Speech.of(language, {("zh", "boots"): "靴子", ("zh", "Gold"): "金卡"}, [])
    for language in ("en", "zh")
}
SPOKEN = np.array(["en", "zh", "en"], dtype=object)
IDS = pd.Index([1, 2, 3])


def test_names_and_their_stand_ins() -> None:
    people = pd.DataFrame({"name": ["Ann", None, " "]}, index=IDS)
    rows = np.arange(3)
    assert places.names(people, rows, SPOKEN, SPEECHES).tolist() == ["Ann", "客户", "customer"]
    without = people.drop(columns="name")
    assert places.names(without, rows, SPOKEN, SPEECHES)[1:].tolist() == ["客户", "customer"]


def test_codes_are_in_the_words_of_each_language() -> None:
    said = places.codes(pd.Series(["A-1", "B-2", None]), SPOKEN, SPEECHES).tolist()
    assert said == ["Your code: A-1", "您的优惠码：B-2", ""]


def test_recommendations_are_the_best_three_each_once() -> None:
    table = pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 1, 1, 2, 9],
            "product": ["dd", "cc", "bb", "aa", "aa", "boots", "鞋"],
            "rank": [4, 3, 2, 1, 5, 1, 1],
        }
    )
    said = places.recommendations(table, IDS, SPOKEN, SPEECHES).tolist()
    assert said == ["You may also like aa, bb and cc.", "为您推荐靴子。", ""]
    with pytest.raises(DataError, match="the product 'aa' has no label in 'zh', nor have 2 more"):
        places.recommendations(table, pd.Index([2, 1]), SPOKEN[:2], SPEECHES)


def test_equal_ranks_are_in_the_order_of_the_products() -> None:
    table = pd.DataFrame({"customer_id": 1, "product": ["b", "a"], "rank": 1})
    for rows in (table, table[::-1]):
        said = places.recommendations(rows, IDS, SPOKEN, SPEECHES)
        assert said[0] == "You may also like a and b."


def column(name: str, actions: pd.DataFrame, people: pd.DataFrame) -> list[str]:
    found = places.column_texts(name, actions, (people, np.arange(3)), SPOKEN, SPEECHES)
    return found.tolist()


def test_a_column_of_the_action_comes_before_that_of_the_customer() -> None:
    people = pd.DataFrame({"tier": ["Gold", "Gold", None]}, index=IDS)
    actions = pd.DataFrame({"tier": [None, None, "Silver"]})
    assert column("tier", actions, people) == ["Gold", "金卡", "Silver"]


@pytest.mark.parametrize("dates", [["2024-03-01", "2024-03-02 09:30", None]])
def test_dates_are_written_as_each_language_does(dates: list[str | None]) -> None:
    expected = ["2024-03-01", "2024年3月2日09:30", ""]
    people = pd.DataFrame({"due": pd.to_datetime(pd.Series(dates), format="ISO8601")})
    actions = pd.DataFrame(index=range(3))
    assert column("due", actions, people) == expected
    assert column("due", actions, people.astype(object)) == expected


def test_what_cannot_be_written_is_refused() -> None:
    people = pd.DataFrame({"vip": [True, False, True]})
    with pytest.raises(DataError, match="vip must hold text, not"):
        column("vip", pd.DataFrame(index=range(3)), people)
