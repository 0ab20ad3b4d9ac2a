"""The past by week, against counts made by hand."""

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, load_cdnow
from cemkit.clv import purchase_tracking
from cemkit.clv.base.draws import newcomer_curve
from cemkit.clv.base.past import read_past
from cemkit.data import customer_table
from cemkit.errors import DataError

AS_OF = pd.Timestamp("1997-09-30")


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    return load_cdnow("sample")


def test_weeks_end_on_as_of(orders: pd.DataFrame) -> None:
    past = read_past(orders, AS_OF)
    seen = orders[orders["order_date"] <= AS_OF]
    firsts = seen.groupby("customer_id")["order_date"].min()
    week = -((AS_OF - firsts).dt.days // 7)
    by_week = firsts.groupby(week).size().reindex(range(-38, 1), fill_value=0)
    assert past.weekly(past.joined).tolist() == by_week.tolist()
    assert past.revenue.sum() == pytest.approx(seen["amount"].sum())
    pairs = seen.drop_duplicates(["customer_id", "order_date"])
    assert past.repeats.sum() == len(pairs) - len(firsts)
    assert past.exposure[0] == 1 - past.lead / 7 > 0


def test_what_a_model_expects_of_a_week_is_its_tracking(orders: pd.DataFrame) -> None:
    customers = customer_table(orders, AS_OF)
    model = BetaGeoModel().fit(customers)
    past = read_past(orders, AS_OF)
    curve = newcomer_curve(model, model._read(customers), 400.0)
    found = past.expected_repeats(curve, np.arange(len(past.joined), dtype=float))
    start = pd.Timestamp(orders["order_date"].min())
    days = purchase_tracking(model, orders, AS_OF, 1)["expected"]
    first = (AS_OF - start).days + 1 - 7 * 38
    weekly = days.to_numpy()[first : first + 7 * 38].reshape(-1, 7).sum(axis=1)
    assert found[1:] == pytest.approx(weekly, rel=2e-3)


def test_a_day_long_after_the_data_is_refused(orders: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="is on 1998-06-30, 62 days before.*choose an as_of"):
        read_past(orders, pd.Timestamp("1998-08-31"))
