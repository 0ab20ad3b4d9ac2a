"""Groups by columns and periods, and what has no label."""

import pandas as pd

from cemkit.feedback.comments.groups import grouped, period_codes

TABLE = pd.DataFrame(
    {
        "shop": ["b", "a", None, "a", "b"],
        "tier": [1, 2, 1, 1, 1],
        "response_date": ["2024-01-31", "2024-02-01", "2024-02-01", None, "2024-01-02"],
    }
)


def test_groups_are_those_that_occur_in_order() -> None:
    groups, labels = grouped(TABLE, ["shop", "tier"], None)
    assert labels.to_dict("list") == {"shop": ["a", "a", "b"], "tier": [1, 2, 1]}
    assert groups.tolist() == [2, 1, -1, 0, 2]


def test_a_period_is_a_group_more() -> None:
    groups, labels = grouped(TABLE, ["shop"], "month")
    assert labels["shop"].tolist() == ["a", "b"]
    assert labels["period"].astype(str).tolist() == ["2024-02", "2024-01"]
    assert groups.tolist() == [1, 0, -1, -1, 1]


def test_everything_is_one_group_without_columns() -> None:
    groups, labels = grouped(TABLE, [], None)
    assert groups.tolist() == [0] * 5
    assert labels.shape == (1, 0)


def test_periods_of_dates() -> None:
    codes, periods = period_codes(TABLE["response_date"], "week")
    assert codes.tolist() == [1, 1, 1, -1, 0]
    assert [str(period) for period in periods] == ["2024-01-01/2024-01-07", "2024-01-29/2024-02-04"]
