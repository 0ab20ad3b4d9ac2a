"""Segments and movements."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data import customer_table
from cemkit.data.shop_simulation import SimulatedShop
from cemkit.report.content import Table
from cemkit.report.drafts import Draft
from cemkit.report.groups import MOST
from cemkit.report.sections.segments import write_segments
from cemkit.report.shop import Shop, Tables
from cemkit.segmentation import RFMSegmenter

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def test_segments_are_those_of_rfm(tables: dict[str, Table], simulated: SimulatedShop) -> None:
    customers = customer_table(simulated.orders, simulated.as_of)
    segments = RFMSegmenter().fit(customers).add_to(customers)
    expected = segments.groupby("segment")["total_amount"].agg(["size", "sum"])
    frame = tables["segments"].frame.set_index("segment")
    shown = frame[frame["customers"].notna()]
    assert len(shown) > 3
    assert (shown["customers"] == expected["size"].reindex(shown.index)).all()
    assert np.allclose(shown["total_amount"], expected["sum"].reindex(shown.index))
    hidden = expected["size"].reindex(frame.index[frame["customers"].isna()])
    assert ((expected["size"] >= 10) | expected.index.isin(hidden.index)).all()


def test_no_small_movement_is_shown(tables: dict[str, Table]) -> None:
    shown = tables["moves"].frame["customers"].dropna()
    assert ((shown == 0) | (shown >= 10)).all()
    assert tables["moves"].suppressed


def test_many_segments_of_people_are_joined(draft: Draft, simulated: SimulatedShop) -> None:
    people: pd.DataFrame = simulated.people.assign(
        segment=[f"s{number % 200}" for number in range(len(simulated.people))]
    )
    shop = Shop(
        simulated.orders,
        pd.Timestamp(simulated.as_of),
        Tables(people=people),
        level=0.95,
        random_state=0,
    )
    write_segments(draft, shop)
    table = draft.finish().tables[0]
    assert len(table.frame) == MOST
    assert table.frame["segment"].str.contains("186 other segments").sum() == 1
