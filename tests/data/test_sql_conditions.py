"""Conditions in SQL hold for whom they hold in Python."""

import numpy as np
import pandas as pd
import pytest

from cemkit.data import condition_to_sql
from cemkit.data.column_values import ColumnValues
from cemkit.data.conditions import read_state


def people(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    days = pd.Series(pd.to_datetime("2024-03-01") + pd.to_timedelta(rng.integers(0, 9, n), "D"))
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "clv": rng.choice([99.0, 100.0, 0.1 + 0.2, np.nan], n),
            "segment": rng.choice(["At risk", "O'Hara", "流失", None, ""], n),
            "member": pd.array(rng.choice([True, False, None], n), dtype="boolean"),
            "since": days.mask(rng.random(n) < 0.2),
        }
    )


@pytest.mark.parametrize(
    "when",
    [
        *("clv >= 100", "clv < 100", "clv = 0.30000000000000004", "clv != 99", "segment = At risk"),
        *("segment != At risk", 'segment = "O\'Hara"', "segment = 流失 and clv > 1"),
        *("member = yes", "member != true", "member > 0", "since > 2024-03-04"),
        *("since = 2024-03-04", "since <= 2024-03-05 and member = no and clv >= 99"),
    ],
)
def test_it_holds_for_whom_it_holds_in_python(database, when) -> None:
    table = people()
    database.load("customers", table)
    found = database.answer(condition_to_sql(when, table, dialect=database.dialect))["holds"]
    truth = read_state(when, "when").truth(ColumnValues(table, "customers", table.index))
    wanted = [
        bool(holds) if known else None
        for holds, known in zip(truth.holds, truth.known, strict=True)
    ]
    got = [None if pd.isna(value) else bool(value) for value in found.sort_index()]
    assert got == wanted
    assert True in got


def test_what_is_no_formula_of_one_table_is_refused() -> None:
    pytest.importorskip("sqlglot")
    with pytest.raises(ValueError, match="has just happened to 'segment'"):
        condition_to_sql("segment becomes At risk", people())
    with pytest.raises(ValueError, match="counts purchases, which are in the orders"):
        condition_to_sql("bought >= 3 times in 90 days", people())
    with pytest.raises(ValueError, match="missing column 'colour'"):
        condition_to_sql("colour = red", people())
    with pytest.raises(ValueError, match="did you mean 'postgres'"):
        condition_to_sql("clv > 1", people(), dialect="postgresql")
