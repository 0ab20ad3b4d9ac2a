"""Every table by segment hides the same segments."""

from typing import Any

import pandas as pd
import pytest

from cemkit.data.shop_simulation import SimulatedShop
from cemkit.report.content import Table
from cemkit.report.drafts import Draft
from cemkit.report.groups import MOST, segment_groups
from cemkit.report.shop import Shop, Tables

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def grouped(draft: Draft, simulated: SimulatedShop, segments: list[str]) -> Any:
    people = simulated.people.assign(segment=segments)[["customer_id", "segment"]]
    end = pd.Timestamp(simulated.as_of)
    shop = Shop(simulated.orders, end, Tables(people=people), level=0.95, random_state=0)
    return segment_groups(draft, shop)


def test_no_table_gives_away_what_another_hides(tables: dict[str, Table]) -> None:
    hidden = []
    for key in ("segments", "values", "risks"):
        frame = tables[key].frame
        hidden.append(set(frame.loc[frame["customers"].isna(), "segment"]))
    plan = tables["plan"].frame
    hidden.append(set(plan.loc[plan["customers"].isna(), "segment"]))
    assert hidden[0]
    assert all(names == hidden[0] for names in hidden)


def test_a_small_segment_is_hidden_with_a_partner(draft: Draft, simulated: SimulatedShop) -> None:
    n = len(simulated.people)
    groups = grouped(draft, simulated, ["a"] * 4 + ["b"] * 20 + ["c"] * (n - 24))
    assert groups.hidden == {"a", "b"}
    assert groups.small(pd.Series(["c", "a", "b"])).tolist() == [False, True, True]


def test_many_segments_are_joined(draft: Draft, simulated: SimulatedShop) -> None:
    names = [f"s{number % 40}" for number in range(len(simulated.people))]
    groups = grouped(draft, simulated, names)
    assert groups.labels.nunique() == MOST
    assert "26 other segments" in set(groups.labels)
