"""Columns that must not be features."""

import pandas as pd
import pytest

from cemkit import ChurnModel, DataError
from cemkit.prediction.churn.screening import check_names


def test_sensitive_columns_are_refused_unless_named() -> None:
    table = pd.DataFrame({"Gender": [1], "recency_days": [2]})
    with pytest.raises(DataError, match=r"allow_sensitive=\['Gender'\]"):
        check_names(table, [])
    check_names(table, ["Gender"])


@pytest.mark.parametrize("name", ["churned", "churn_probability"])
def test_the_label_is_no_feature(known: pd.DataFrame, churned: pd.Series, name: str) -> None:
    with pytest.raises(DataError, match=f"'{name}' is what is to be predicted"):
        ChurnModel().fit(known.assign(**{name: churned}), churned)
