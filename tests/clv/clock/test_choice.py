"""choose_clock: the same decision as clock="auto", by itself."""

import pandas as pd
import pytest

from cemkit import BetaGeoModel, customer_table
from cemkit.clv import ModifiedBetaGeoModel, SeasonalClock, choose_clock
from cemkit.errors import NotEnoughDataError


def test_without_a_season_plain_days_stay_as_good(steady_orders: pd.DataFrame) -> None:
    weekless = SeasonalClock(weekdays=False)
    choice = choose_clock(steady_orders, "2022-09-30", clock=weekless)
    assert choice.n_holdouts == 24
    assert abs(choice.clock_median_error - choice.plain_median_error) < 0.05
    if choice.clock is None:
        assert choice.sentence().startswith(
            "Calendar days, without a seasonal clock: it did not predict better"
        )


def test_the_clock_goes_into_a_model(seasonal_orders: pd.DataFrame) -> None:
    choice = choose_clock(seasonal_orders, "2022-12-31", model=ModifiedBetaGeoModel())
    model = BetaGeoModel(clock=choice.clock).fit(customer_table(seasonal_orders, "2022-12-31"))
    assert model.clock_ is choice.clock
    assert choice.sentence().startswith(f"Seasonal clock: over {choice.n_holdouts} totals")


def test_events_up_to_as_of_are_the_plan_of_a_hold_out(seasonal_orders: pd.DataFrame) -> None:
    """Those not yet held on its day are unknown there, and so have no effect."""
    events = pd.DataFrame(
        {
            "name": ["sale", "sale", "late"],
            "start_date": ["2021-03-01", "2022-03-01", "2022-12-01"],
            "end_date": ["2021-03-07", "2022-03-07", "2022-12-03"],
        }
    )
    clock = SeasonalClock(2, events=events)
    choice = choose_clock(seasonal_orders, "2022-12-31", clock=clock)
    assert choice.n_holdouts == 24
    assert choice.clock is not None
    assert {"sale", "late"} <= set(choice.clock.effects_.index)


def test_arguments_that_are_refused(seasonal_orders: pd.DataFrame) -> None:
    with pytest.raises(TypeError, match="clock must be a SeasonalClock"):
        choose_clock(seasonal_orders, "2022-12-31", clock="auto")
    with pytest.raises(ValueError, match="without covariates"):
        choose_clock(seasonal_orders, "2022-12-31", model=BetaGeoModel(["channel"]))
    with pytest.raises(NotEnoughDataError):
        choose_clock(seasonal_orders, "2020-12-31")
