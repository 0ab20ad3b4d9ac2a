"""A model on its way to the rows: what is sent, and random parts that give what the whole gives."""

import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LogisticRegression

from cemkit import BetaGeoModel, ChurnModel, RFMSegmenter, customer_table, load_cdnow
from cemkit.data.score_columns import pandas_kind
from cemkit.data.scorer import Scorer, columns_of
from cemkit.errors import CemkitWarning, DataError, NotEnoughDataError

CUSTOMERS = customer_table(load_cdnow("sample"), "1997-09-30").head(800).reset_index()
FEATURES = ["recency_days", "order_count", "plan"]
PLANS = np.array(["basic", "gold", None], dtype=object)
WITH_PLANS = CUSTOMERS.assign(plan=PLANS[np.arange(len(CUSTOMERS)) % 3])
LABEL = (CUSTOMERS["repeat_count"] == 0).astype(int).rename("churned")

pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")


def fitted(model: Any) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CemkitWarning)
        if isinstance(model, ChurnModel):
            return model.fit(WITH_PLANS[FEATURES], LABEL)
        return model.fit(CUSTOMERS)


MODELS = {
    type(model).__name__: fitted(model) for model in (RFMSegmenter(), BetaGeoModel(), ChurnModel())
}


def scorer_of(model: Any, table: pd.DataFrame) -> Scorer:
    return Scorer.of(model, {name: pandas_kind(dtype) for name, dtype in table.dtypes.items()})


def test_a_model_is_sent_as_text_and_made_again() -> None:
    scorer = scorer_of(MODELS["BetaGeoModel"], CUSTOMERS)
    assert scorer.sent == MODELS["BetaGeoModel"].to_json()
    assert scorer.model().params_.equals(MODELS["BetaGeoModel"].params_)


def test_a_model_around_another_is_sent_as_it_is() -> None:
    model = fitted(ChurnModel(classifier=LogisticRegression()))
    scorer = scorer_of(model, WITH_PLANS)
    assert not isinstance(scorer.sent, str)
    assert scorer.sent is not model  # a later fit does not change what was sent
    added = scorer.added(WITH_PLANS, scorer.model())
    assert np.array_equal(added["churn_probability"], model.add_to(WITH_PLANS)["churn_probability"])


@settings(max_examples=8, deadline=None)
@given(
    name=st.sampled_from(sorted(MODELS)),
    rows=st.lists(st.integers(0, len(CUSTOMERS) - 1), unique=True, max_size=40),
    never=st.lists(st.booleans(), min_size=40, max_size=40),
    cuts=st.lists(st.integers(0, 40), max_size=6),
)
def test_random_parts_give_what_the_whole_gives(
    name: str, rows: list[int], never: list[bool], cuts: list[int]
) -> None:
    table = WITH_PLANS.iloc[rows].reset_index(drop=True).astype({"recency_days": "float64"})
    absent = np.array(never[: len(table)], dtype=bool)
    kept = {"customer_id", "plan"}
    table.loc[absent, [column for column in table if column not in kept]] = pd.NA
    table.loc[absent, "order_count"] = 0
    model, scorer = MODELS[name], scorer_of(MODELS[name], table)
    ends = sorted({0, len(table), *(min(cut, len(table)) for cut in cuts)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", CemkitWarning)
        parts = [
            scorer.added(table.iloc[low:high], scorer.model()).astype(scorer.dtypes(gaps=True))
            for low, high in zip([0, *ends], [*ends, len(table)], strict=True)
        ]
        found = pd.concat(parts)
        if len(table) == 0 or absent.all():
            assert len(found) == len(table)
            assert found.isna().all(axis=None)
            return
        expected = model.add_to(table)[list(found)]
    for column in found:
        if found[column].dtype.kind == "f":
            np.testing.assert_allclose(found[column], expected[column], rtol=1e-12)
        else:
            assert found[column].fillna("").tolist() == expected[column].fillna("").tolist()


def test_gaps_of_engines_are_read_as_the_schema_says() -> None:
    model = MODELS["ChurnModel"]
    scorer = scorer_of(model, WITH_PLANS)
    some = WITH_PLANS.head(4)
    nothing = some.assign(plan=np.nan, order_count=pd.Series([None] * 4, dtype=object))
    known = some.assign(plan=None, order_count=np.nan)
    added = scorer.added(nothing, model)["churn_probability"]
    assert np.array_equal(added, model.add_to(known)["churn_probability"])
    with pytest.raises(
        DataError, match="plan is int64 in a part of the table .first value 3.*text"
    ):
        scorer.added(some.assign(plan=3), model) if pandas_kind(
            WITH_PLANS["plan"].dtype
        ) == "text" else pytest.skip("objects may hold anything")


def test_an_error_of_the_model_is_not_hidden() -> None:
    class Fussy:
        feature_names_in_ = np.array(["order_count"], dtype=object)

        def get_feature_names_out(self) -> Any:
            return np.array(["x"], dtype=object)

        def add_to(self, customers: pd.DataFrame) -> pd.DataFrame:
            raise NotEnoughDataError("friends", have=0, need=1)

    with pytest.raises(NotEnoughDataError, match="need at least 1 friend, got 0"):
        scorer_of(Fussy(), CUSTOMERS).added(CUSTOMERS.head(3), Fussy())


@pytest.mark.parametrize("name", MODELS)
def test_what_is_said_to_be_added_is_what_is_added(name: str) -> None:
    added = MODELS[name].add_to(WITH_PLANS)
    said = columns_of(MODELS[name])
    assert list(said.adds) == [column for column in added if column not in WITH_PLANS]
    dtypes = scorer_of(MODELS[name], WITH_PLANS).dtypes(gaps=False)
    assert {column: added[column].dtype for column in dtypes} == dtypes
