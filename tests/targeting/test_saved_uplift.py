"""A saved UpliftModel comes back whole, and parts that do not belong together are refused."""

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import UpliftModel
from cemkit.errors import DataError


def fitted(**parameters: Any) -> tuple[UpliftModel, pd.DataFrame]:
    rng = np.random.default_rng(0)
    X = pd.DataFrame({"orders": rng.poisson(3, 300), "channel": rng.choice(["店", "web"], 300)})
    variant = rng.choice(["none", "mail", "call"], 300)
    model = UpliftModel(control="none", n_repeats=1, **parameters)
    return model.fit(X, rng.random(300), variant), X


@pytest.mark.parametrize("learner", ["t", "x", "dr"])
@pytest.mark.parametrize("propensity", [None, 1 / 3, {"none": 0.3, "mail": 0.3, "call": 0.4}])
def test_it_comes_back(learner: str, propensity: Any) -> None:
    model, X = fitted(learner=learner, propensity=propensity)
    again = UpliftModel.from_json(model.to_json())
    parameters = model.get_params() | {"allow_sensitive": []}
    assert again.get_params() == parameters
    pd.testing.assert_frame_equal(again.add_to(X), model.add_to(X))
    pd.testing.assert_series_equal(again.policy(X), model.policy(X))
    assert again.offers_ == model.offers_
    assert again.ignored_columns_ == model.ignored_columns_
    assert not hasattr(again, "uplift_")  # nothing of the customers is in the text


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"labels": ["call", "none", "mail"]}, "do not go with control='none'"),
        ({"labels": ["none", "mail"]}, "shares must have length 2"),
        ({"labels": ["none", "mail", 1]}, "labels must be of one kind"),
        ({"labels": None}, "do not go with control='none'"),
        ({"shares": [0.1, 0.1, 0.1]}, "its shares sum to 0.3, not 1"),
        ({"learners": []}, "learners must have at least 3 values"),
    ],
)
def test_parts_that_do_not_belong_together_are_refused(change: dict, message: str) -> None:
    state = json.loads(fitted()[0].to_json()) | change
    with pytest.raises(DataError, match=f"the saved UpliftModel is damaged: .*{message}"):
        UpliftModel.from_json(json.dumps(state))


def test_models_must_have_the_terms_and_offers() -> None:
    state = json.loads(fitted()[0].to_json())
    fewer = state | {"learners": [models[:1] for models in state["learners"]]}
    with pytest.raises(DataError, match="it has 1 models in a fold, and needs 2"):
        UpliftModel.from_json(json.dumps(fewer))
    for models in state["learners"]:
        for one in models:
            one["coefficients"] = one["coefficients"][:1]
    with pytest.raises(DataError, match="it has 1 coefficients, 2 terms"):
        UpliftModel.from_json(json.dumps(state))
