"""What to fix: each source speaks for itself."""

import dataclasses

import numpy as np
import pandas as pd
import pytest

from cemkit.data import simulate_events
from cemkit.errors import DataError, MissingColumnsError
from cemkit.feedback import drivers
from cemkit.journey import fix_list, funnel, journey_map

STEPS = ["visit", "view", "cart", "order"]
AS_OF = "2023-05-31"
EVENTS = simulate_events(3000, step_rates=(0.8, 0.2, 0.7), random_state=1).table


def answers(low: str = "view") -> pd.DataFrame:
    rng = np.random.default_rng(0)
    touchpoint = rng.choice(["visit", "view", "cart"], 900)
    score = rng.integers(6, 11, 900) - 4 * (touchpoint == low)
    customer = rng.integers(1, 3001, 900)
    return pd.DataFrame({"customer_id": customer, "touchpoint": touchpoint, "score": score})


def test_sources_that_agree_name_what_to_fix() -> None:
    lost = funnel(EVENTS, STEPS, as_of=AS_OF)
    laid_out = journey_map(EVENTS, answers(), as_of=AS_OF, target="order")
    values = pd.DataFrame(
        {"customer_id": range(1, 3001), "total_amount": np.random.default_rng(0).gamma(2, 50, 3000)}
    )
    found = fix_list(journey_map=laid_out, funnel=lost, customers=values, value="total_amount")
    first = found.table.iloc[0]
    assert first[["touchpoint", "verdict", "journey_map", "funnel"]].tolist() == [
        *("view", "fix", "for", "for"),
    ]
    had = EVENTS.loc[EVENTS["event"] == "view", "customer_id"].unique()
    worth = values.set_index("customer_id")["total_amount"].loc[had]
    assert first["customers"] == len(had)
    assert first["amount"] == pytest.approx(worth.sum())
    half = 1.9604 * worth.std() * np.sqrt(len(had))
    assert first["amount_upper"] - first["amount"] == pytest.approx(half, rel=1e-3)


def test_sources_that_disagree_leave_it_undecided() -> None:
    lost = funnel(EVENTS, STEPS, as_of=AS_OF)
    laid_out = journey_map(EVENTS, answers("visit"), as_of=AS_OF, target="order")
    found = fix_list(journey_map=laid_out, funnel=lost)
    by_name = found.table.set_index("touchpoint")
    assert by_name.loc["visit", ["journey_map", "funnel", "verdict"]].tolist() == [
        *("for", "against", "undecided"),
    ]
    assert found.disagreeing >= 1


def test_drivers_speak_by_their_quadrant() -> None:
    rng = np.random.default_rng(3)
    ratings = pd.DataFrame(rng.integers(1, 6, (400, 3)), columns=["visit", "view", "cart"])
    ratings["overall"] = (ratings["view"] + rng.integers(0, 2, 400)).clip(1, 10)
    analysed = drivers(ratings, "overall", n_resamples=200)
    quadrants = {"visit": "keep up", "view": "concentrate here", "cart": "undecided"}
    table = analysed.table.assign(quadrant=analysed.table["touchpoint"].map(quadrants))
    found = fix_list(dataclasses.replace(analysed, table=table)).table.set_index("touchpoint")
    assert found["drivers"].to_dict() == {"view": "for", "cart": "unclear", "visit": "against"}
    assert found["verdict"].to_dict() == {"view": "fix", "cart": "undecided", "visit": "leave"}


def test_wrong_sources_are_refused() -> None:
    lost = funnel(EVENTS, STEPS, as_of=AS_OF)
    with pytest.raises(ValueError, match="at least one of drivers, journey_map and funnel"):
        fix_list()
    with pytest.raises(TypeError, match="funnel must be of type Funnel"):
        fix_list(funnel=lost.table)
    with pytest.raises(DataError, match="split into groups; give one without by= and period="):
        fix_list(funnel=funnel(EVENTS, STEPS, as_of=AS_OF, by="channel"))
    laid_out = journey_map(EVENTS, as_of=AS_OF, target="order")
    few = pd.DataFrame({"clv": [1.0]}, index=pd.Index([1], name="customer_id"))
    with pytest.raises(DataError, match="customers with the touchpoint are not in customers"):
        fix_list(journey_map=laid_out, customers=few)
    with pytest.raises(MissingColumnsError, match="name a column with value="):
        fix_list(journey_map=laid_out, customers=few.rename(columns={"clv": "worth"}))
