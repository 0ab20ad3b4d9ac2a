"""Snapshots: stacked, blind to the future, and as good as the references on real data."""

import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_score

from cemkit import ChurnModel, customer_table, label_churn, load_cdnow, training_snapshots
from cemkit.errors import DataError


def test_snapshots_stack_features_and_labels(cdnow: pd.DataFrame) -> None:
    stacked = training_snapshots(cdnow, ["1997-09-30", "1997-06-30"], window_days=91)
    assert stacked.index.names == ["customer_id", "as_of"]
    assert stacked.index.is_unique
    last = stacked.xs(pd.Timestamp("1997-09-30"), level="as_of")
    table = customer_table(cdnow, "1997-09-30", include="activity")
    pd.testing.assert_frame_equal(last.drop(columns="churned"), table)
    assert last["churned"].equals(label_churn(cdnow, "1997-09-30", 91))
    with pytest.raises(ValueError, match="each once"):
        training_snapshots(cdnow, ["1997-09-30"] * 2, window_days=91)


def test_cdnow_reaches_the_published_auc(known: pd.DataFrame, churned: pd.Series) -> None:
    folds = StratifiedKFold(5, shuffle=True, random_state=0)
    auc = cross_val_score(ChurnModel(), known, churned, scoring="roc_auc", cv=folds).mean()
    assert auc >= 0.7735  # references: logistic .7735, BG/NBD's expected purchases .7676
    assert auc > roc_auc_score(churned, known["recency_days"]) + 0.01


def test_online_retail_out_of_time(online_retail: pd.DataFrame) -> None:
    orders = online_retail
    assert len(orders) == 397_884
    both = training_snapshots(orders, ["2011-06-09", "2011-09-09"], window_days=91)
    both = both.select_dtypes("number")
    before, after = (
        both.xs(pd.Timestamp(day), level="as_of") for day in ("2011-06-09", "2011-09-09")
    )
    assert len(after) == 3370
    assert after["churned"].mean() == pytest.approx(0.430, abs=5e-4)
    model = ChurnModel().fit(before.drop(columns="churned"), before["churned"])
    scored = model.add_to(after)["churn_probability"]
    assert roc_auc_score(after["churned"], scored) >= 0.74  # references: .7418


def test_snapshots_end_where_the_data_do() -> None:
    """A shop whose last sale was on 29 December, although its data reach to the 31st."""
    orders = pd.DataFrame(
        {
            "customer_id": ["ann", "ann", "bob", "cat"],
            "order_date": pd.to_datetime(["2024-11-01", "2024-12-29", "2024-11-05", "2024-12-02"]),
            "amount": 10.0,
        }
    )
    with pytest.raises(DataError, match="or give the last day that the data cover as data_until"):
        training_snapshots(orders, ["2024-12-01"], window_days=30)
    found = training_snapshots(orders, ["2024-12-01"], window_days=30, data_until="2024-12-31")
    assert found["churned"].droplevel("as_of").to_dict() == {"ann": 0, "bob": 1}
    one_shot = (day for day in ["2024-12-01"])
    pd.testing.assert_frame_equal(
        training_snapshots(orders, one_shot, window_days=30, data_until="2024-12-31"),  # type: ignore[arg-type]
        found,
    )
    with pytest.raises(TypeError, match="dates must be a list, as in dates=\\['2024-12-01'\\]"):
        training_snapshots(orders, "2024-12-01", window_days=30)


def test_snapshots_read_their_days_and_windows_once() -> None:
    orders = load_cdnow("sample")
    days, windows = ["1997-06-30", "1997-09-30"], [30, 60]
    expected = training_snapshots(orders, days, 91, windows)
    pd.testing.assert_frame_equal(
        training_snapshots(orders, iter(days), 91, iter(windows)), expected
    )
    assert expected["amount_60"].notna().all()


def test_snapshots_take_other_blocks_and_leave_out_who_never_ordered() -> None:
    orders = load_cdnow("sample")
    people = pd.DataFrame({"customer_id": [4, -1], "preferred_channel": ["sms", "email"]})
    found = training_snapshots(orders, ["1997-09-30"], 91, people=people, include=["returns"])
    assert -1 not in found.index.get_level_values("customer_id")
    assert found["preferred_channel"].notna().sum() == 1
    assert {"return_count", "churned"} <= set(found)
    assert "gap_variation" not in found
