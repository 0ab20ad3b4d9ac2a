"""Clocks and models on them as JSON text."""

import json

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, CustomerLifetimeValue, GammaGammaModel, customer_table
from cemkit.clv import SeasonalClock
from cemkit.errors import DataError

AS_OF = "2022-12-31"
EVENTS = pd.DataFrame(
    {
        "name": ["圣诞", "sale"],
        "start_date": ["2021-12-24", "2022-05-01"],
        "end_date": ["2021-12-26", "2022-05-03"],
        "recurring": [True, False],
    }
)


@pytest.fixture(scope="module")
def clock(seasonal_orders: pd.DataFrame) -> SeasonalClock:
    return SeasonalClock(2, events=EVENTS).fit(seasonal_orders, AS_OF)


def test_a_clock_comes_back(clock: SeasonalClock) -> None:
    again = SeasonalClock.from_json(clock.to_json())
    assert again.to_json() == clock.to_json()
    assert again.sentence("zh") == clock.sentence("zh")
    pd.testing.assert_frame_equal(again.covariance_, clock.covariance_)
    days = ("2021-01-01", "2022-12-31")
    pd.testing.assert_frame_equal(again.intensity(*days), clock.intensity(*days))


def test_a_model_on_a_clock_comes_back(clock: SeasonalClock, seasonal_orders: pd.DataFrame) -> None:
    customers = customer_table(seasonal_orders, AS_OF)
    spend = np.random.default_rng(0).gamma(3, 5, len(customers))
    repeats = customers["repeat_count"] > 0
    customers = customers.assign(repeat_mean_amount=np.where(repeats, spend, 0.0))
    model = BetaGeoModel(clock=clock).fit(customers).with_plan(None, until="2024-12-31")
    spend_model = GammaGammaModel.from_parameters(p=6, q=4, gamma=15)
    value = CustomerLifetimeValue(model, spend_model).fit(customers)
    again = CustomerLifetimeValue.from_json(value.to_json())
    pd.testing.assert_frame_equal(again.add_to(customers), value.add_to(customers))


def test_a_text_without_a_covariance_is_read(clock: SeasonalClock) -> None:
    old = json.loads(clock.to_json()) | {"format": 1}
    del old["covariance"]
    again = SeasonalClock.from_json(json.dumps(old))
    assert not hasattr(again, "covariance_")
    assert json.loads(again.to_json())["covariance"] is None


def test_a_clock_without_effects_comes_back(seasonal_orders: pd.DataFrame) -> None:
    plain = SeasonalClock(0, weekdays=False).fit(seasonal_orders, AS_OF)
    again = SeasonalClock.from_json(plain.to_json())
    assert again.covariance_.shape == (0, 0)


def test_texts_from_before_clocks_are_read(seasonal_orders: pd.DataFrame) -> None:
    model = BetaGeoModel().fit(customer_table(seasonal_orders, AS_OF))
    old = json.loads(model.to_json())
    del old["clock"]
    old["format"] = 1
    assert BetaGeoModel.from_json(json.dumps(old)).params_.equals(model.params_)
    with pytest.raises(DataError, match="it lacks 'clock'"):
        BetaGeoModel.from_json(json.dumps(old | {"format": 2}))


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"first_day": "2023-01-01"}, "first_day lies after its as_of"),
        ({"as_of": "soon"}, "as_of"),
        ({"harmonics": 3}, "effects"),
        ({"planned_until": None}, "not all its events recur"),
        ({"events": [["a", "2022-01-02", "2022-01-01", True]]}, "ends before it starts|effects"),
        ({"effects": [1e9] * 13}, "effects"),
        ({"covariance": np.eye(13).tolist()}, "does not fit its standard_errors"),
        ({"covariance": np.eye(12).tolist()}, "covariance"),
    ],
)
def test_damaged_texts_are_refused(
    clock: SeasonalClock, change: dict[str, object], words: str
) -> None:
    state = json.loads(clock.to_json()) | change
    with pytest.raises(DataError, match=words):
        SeasonalClock.from_json(json.dumps(state))
