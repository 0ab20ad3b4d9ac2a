"""standard_stages: rules by what the table knows."""

import numpy as np
import pandas as pd
import pytest

from cemkit import LifecycleStages
from cemkit.catalogue import words
from cemkit.errors import CemkitWarning
from cemkit.segmentation import standard_stages
from cemkit.segmentation.stages import STAGES

PEOPLE = pd.DataFrame({"order_count": [0, 1, 3, 6, 3], "recency_days": [np.nan, 9, 9, 9, 300]})


def staged(people: pd.DataFrame, **options: object) -> list[str]:
    rules = standard_stages(people, **options)
    return LifecycleStages(rules).fit().predict(people).tolist()


def test_without_further_columns_they_are_the_five_stages() -> None:
    assert set(standard_stages()["stage"]) == set(STAGES["stage"])
    expected = LifecycleStages().fit().predict(PEOPLE).tolist()
    assert staged(PEOPLE) == expected
    assert LifecycleStages(standard_stages()).fit().predict(PEOPLE).tolist() == expected
    assert staged(PEOPLE, churned_after_days=400)[-1] == "growth"


@pytest.mark.parametrize(
    ("column", "values", "expected"),
    [
        ("alive_probability", [None, 0.1, 0.4, 0.5, 0.9], ["churned", "declining", "loyalty"]),
        ("overdue", [None, True, True, False, False], ["acquisition", "declining", "loyalty"]),
        ("order_trend", [None, -3, -1.97, -1.96, 0], ["acquisition", "declining", "loyalty"]),
        ("last_nps_score", [None, 9, 9, 2, 10], ["acquisition", "loyalty", "loyalty"]),
        ("promoter_score", [None, 9, 9, 2, 10], ["acquisition", "loyalty", "loyalty"]),
        ("member_tier", [None, "gold", "silver", None, "gold"], ["loyalty", "growth", "loyalty"]),
        ("previous_stage", [None, "growth", "churned", "loyalty", "churned"],
         ["acquisition", "reactivated", "loyalty"]),
    ],
)  # fmt: skip
def test_each_column_adds_its_rule_and_a_missing_value_decides_nothing(
    column: str, values: list, expected: list[str]
) -> None:
    people = PEOPLE.assign(**{column: values})
    options = {"loyal_tiers": ["gold"]} if column == "member_tier" else {}
    assert staged(people, **options) == ["potential", *expected, "churned"]
    unknown = people.assign(**{column: pd.Series([None] * 5, dtype=people[column].dtype)})
    if column != "member_tier":
        assert staged(unknown) == LifecycleStages().fit().predict(PEOPLE).tolist()


def test_every_stage_has_its_words() -> None:
    columns = ["alive_probability", "overdue", "previous_stage"]
    stages = standard_stages(PEOPLE.assign(**dict.fromkeys(columns, 1)))["stage"]
    for language in ("en", "zh"):
        assert set(stages) == set(words(language).STAGES)


def test_tiers_that_nobody_has_are_said_and_bad_ones_refused() -> None:
    people = PEOPLE.assign(member_tier="silver")
    with pytest.warns(CemkitWarning, match="nobody has the member_tier 'gold'"):
        staged(people, loyal_tiers=["gold"])
    for tiers, error in ((["a|b"], ValueError), ("gold", TypeError), ([3], ValueError)):
        with pytest.raises(error, match="loyal_tiers"):
            standard_stages(people, loyal_tiers=tiers)
