"""The content of a report."""

import math

import numpy as np
import pandas as pd
import pytest

from cemkit.report.content import Column, Table, plain


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (None, None),
        (True, True),
        (np.bool_(False), False),
        (np.int64(3), 3),
        (np.float64(0.5), 0.5),
        (math.inf, None),
        (math.nan, None),
        (pd.NA, None),
        (pd.NaT, None),
        (pd.Timestamp("2024-02-03 11:00"), "2024-02-03"),
        (pd.Period("2024-02", "M"), "2024-02"),
        ("<b>", "<b>"),
    ],
)
def test_a_value_as_json_has_it(value: object, written: object) -> None:
    assert plain(value) == written
    assert type(plain(value)) is type(written)


def test_the_unit_of_a_cell_may_differ_by_row() -> None:
    columns = (
        Column(name="value", label="value", unit="by_row"),
        Column(name="change", label="change", unit="by_change"),
        Column(name="n", label="n", unit="count"),
    )
    frame = pd.DataFrame({"value": [0.2, 3.0], "change": [0.1, 1.0], "n": [5, 6]})
    hidden = frame.isna()
    hidden.loc[1, "value"] = True
    table = Table(
        key="t",
        caption="",
        method="",
        columns=columns,
        frame=frame,
        hidden=hidden,
        units=("share", "money"),
    )
    units = [[table.unit(column, row) for column in columns] for row in range(2)]
    assert units == [["share", "percentage_points", "count"], ["money", "change", "count"]]
    assert table.suppressed == 1
