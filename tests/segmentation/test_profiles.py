import numpy as np
import pandas as pd

from cemkit.segmentation.profiles import describe_groups


def test_sizes_and_shares_add_up_and_empty_groups_are_missing() -> None:
    values = pd.DataFrame({"total_amount": [10.0, 30.0, 60.0, 0.0], "order_count": [1, 2, 3, 4]})
    table = describe_groups(values, pd.Series(list("abba")), pd.Index(["b", "a", "c"]))
    assert table.index.tolist() == ["b", "a", "c"]
    assert table["customers"].tolist() == [2, 2, 0]
    assert table["share"].sum() == 1
    assert table["revenue_share"].tolist() == [0.9, 0.1, 0.0]
    assert table["median_order_count"].tolist()[:2] == [2.5, 2.5]
    assert np.isnan(table.loc["c", "mean_order_count"])


def test_no_revenue_has_no_share() -> None:
    table = describe_groups(
        pd.DataFrame({"total_amount": [0.0]}), pd.Series(["a"]), pd.Index(["a"])
    )
    assert table["revenue_share"].isna().all()
