"""A refit that is interrupted or refused leaves the earlier model whole."""

import copy
import inspect
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any

import numpy as np
import pandas as pd
import pytest

from cemkit import (
    BetaGeoBinomialModel,
    BetaGeoModel,
    CrossSell,
    CustomerLifetimeValue,
    GammaGammaModel,
    ModifiedBetaGeoModel,
    ParetoNBDModel,
    RepurchaseCycle,
    ShiftedBetaGeoModel,
    load_cdnow,
    summarize_customers,
)
from cemkit.errors import CemkitError


def customers() -> pd.DataFrame:
    table = summarize_customers(load_cdnow("sample"), "1997-09-30").head(400)
    return table.assign(early=table["first_order_date"].dt.month.eq(1).astype(str))


def lines() -> pd.DataFrame:
    random = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "customer_id": random.integers(0, 40, 400),
            "order_date": pd.Timestamp("2024-01-01")
            + pd.to_timedelta(random.integers(0, 99, 400), "D"),
            "amount": 1.0,
            "product": random.choice(["tea", "pot", "mug"], 400),
        }
    )


def donors() -> pd.DataFrame:
    model = BetaGeoBinomialModel.from_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
    return model.simulate(300, 6, 1)


def contracts() -> pd.DataFrame:
    return ShiftedBetaGeoModel.from_parameters(alpha=0.7, beta=1.2).simulate(300, 6, 1)


pytestmark = pytest.mark.filterwarnings("ignore::cemkit.errors.CemkitWarning")
AS_OF = {"as_of": "2024-12-31"}
# A model, a table, and what further its fit takes.
FITS: dict[str, tuple[Callable[[], Any], Callable[[], pd.DataFrame], dict[str, Any]]] = {
    "BetaGeoModel": (BetaGeoModel, customers, {}),
    "with covariates": (lambda: BetaGeoModel(covariates=["early"]), customers, {}),
    "ModifiedBetaGeoModel": (ModifiedBetaGeoModel, customers, {}),
    "ParetoNBDModel": (ParetoNBDModel, customers, {}),
    "GammaGammaModel": (GammaGammaModel, customers, {}),
    "BetaGeoBinomialModel": (BetaGeoBinomialModel, donors, {}),
    "ShiftedBetaGeoModel": (ShiftedBetaGeoModel, contracts, {}),
    "CustomerLifetimeValue": (CustomerLifetimeValue, customers, {}),
    "CrossSell": (lambda: CrossSell(min_customers=1), lines, AS_OF),
    "RepurchaseCycle": (RepurchaseCycle, lines, AS_OF),
    "cycles of products": (lambda: RepurchaseCycle(by="product"), lines, AS_OF),
}


class Interrupt:
    """Raise a KeyboardInterrupt in the given call of a function of cemkit; count the calls."""

    def __init__(self, at: int) -> None:
        self.at, self.calls = at, 0

    def __call__(self, frame: FrameType, event: str, _: object) -> None:
        generator = frame.f_code.co_flags & inspect.CO_GENERATOR  # may be closed unseen
        if event == "call" and not generator and "/cemkit/" in frame.f_code.co_filename:
            self.calls += 1
            if self.calls == self.at:
                raise KeyboardInterrupt


def fit_with(interrupt: Interrupt, fit: Callable[[], Any]) -> bool:
    """Whether the fit came to its end."""
    before = sys.getprofile()
    sys.setprofile(interrupt)
    try:
        fit()
    except KeyboardInterrupt:
        return False
    finally:
        sys.setprofile(before)
    return True


@pytest.mark.parametrize("name", FITS)
def test_an_interrupted_refit_leaves_the_earlier_model(name: str) -> None:
    make, table_of, further = FITS[name]
    table = table_of()
    half = table.iloc[: len(table) // 2]
    model = make().fit(table, **further)
    text, kept = model.to_json(), dict(vars(model))
    count = Interrupt(0)
    assert fit_with(count, lambda: copy.deepcopy(model).fit(half, **further))
    at = {1, *range(count.calls - 4, count.calls), *np.linspace(2, count.calls, 8).astype(int)}
    stopped = 0
    for call in sorted(at):
        fresh = copy.copy(model)
        if fit_with(Interrupt(int(call)), lambda fresh=fresh: fresh.fit(half, **further)):
            continue
        stopped += 1
        learnt = vars(fresh).keys() | kept.keys()
        whole = all(vars(fresh).get(key) is kept.get(key) for key in learnt)
        done = all(vars(fresh).get(key) is not kept[key] for key in kept if key.endswith("_"))
        assert whole or done, f"half a model after call {call} of {count.calls}"
    assert stopped > 5
    assert model.to_json() == text


@pytest.mark.parametrize("name", FITS)
def test_a_refused_refit_leaves_the_earlier_model(name: str) -> None:
    make, table_of, further = FITS[name]
    table = table_of()
    model = make().fit(table, **further)
    kept = dict(vars(model))
    for wrong in (table.iloc[:0], table.drop(columns=table.columns[-4:]), None):
        with pytest.raises((CemkitError, TypeError, ValueError)):
            model.fit(wrong, **further)
        assert vars(model).keys() == kept.keys()
        assert all(vars(model)[key] is value for key, value in kept.items())
