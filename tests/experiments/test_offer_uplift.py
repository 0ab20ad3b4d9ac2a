"""Uplifts of a read-out: differences, and standard errors against simulation and statsmodels."""

import numpy as np
import pandas as pd
import pytest

from cemkit import offer_profit
from cemkit.errors import DataError
from cemkit.experiments import compare_variants, offer_uplifts


def experiment(n: int, rates: tuple[float, float], seed: int) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    variant = np.repeat(["control", "contacted"], n)
    bought = rng.random(2 * n) < np.repeat(rates, n)
    return pd.DataFrame(
        {
            "variant": variant,
            "offer": "mail",
            "converted": bought.astype(int),
            "amount": np.where(bought, rng.gamma(2, 10, 2 * n), 0.0),
        }
    )


def test_the_standard_error_is_the_spread_of_the_uplift() -> None:
    """300 experiments have a standard error of the spread of 4 %."""
    data = pd.concat(
        [experiment(400, (0.1, 0.15), s).assign(offer=f"offer {s}") for s in range(300)]
    )
    readout = compare_variants(data, {"converted": "proportion"}, by="offer", correction="none")
    found = offer_uplifts(readout)
    assert found["uplift"].std() == pytest.approx(found["uplift_standard_error"].mean(), rel=0.16)
    assert found["uplift"].mean() == pytest.approx(0.05, abs=0.004)


def test_an_offer_that_nobody_took_is_not_certain() -> None:
    data = experiment(20, (0.0, 0.0), 0)
    readout = compare_variants(data, {"converted": "proportion"}, by="offer")
    table = offer_uplifts(readout)
    assert table["uplift"].item() == 0
    assert table["uplift_standard_error"].item() == pytest.approx(
        np.sqrt(2 * (1 / 22) * (21 / 22) / 22)
    )


def test_means_have_welchs_error() -> None:
    data = experiment(300, (0.3, 0.4), 1)
    table = offer_uplifts(compare_variants(data, by="offer"), metric="amount")
    groups = [data.loc[data["variant"] == v, "amount"] for v in ("control", "contacted")]
    assert table["uplift"].item() == pytest.approx(groups[1].mean() - groups[0].mean())
    error = np.sqrt(sum(group.var(ddof=1) / len(group) for group in groups))
    assert table["uplift_standard_error"].item() == pytest.approx(error)


def test_the_next_campaign_takes_it_as_it_is() -> None:
    data = pd.concat(
        [experiment(200, (0.2, 0.3), 0), experiment(200, (0.2, 0.22), 1).assign(offer="gift")]
    )
    table = offer_uplifts(compare_variants(data, {"converted": "proportion"}, by="offer"))
    customers = pd.DataFrame(
        {"churn_probability": [0.5, 0.8], "expected_mean_amount": [50.0, 20.0]},
        index=pd.Index([1, 2], name="customer_id"),
    )
    offers = pd.DataFrame({"offer": ["mail", "gift"], "kind": "none", "contact_cost": 0.1})
    profits = offer_profit(customers, offers, margin=0.4, **table.to_dict())
    mine = profits.set_index("offer").loc["mail"]
    assert mine["uplift"].tolist() == pytest.approx([table.loc["mail", "uplift"]] * 2)
    assert (profits["profit_standard_error"] > 0).all()


def test_variants_that_are_offers_are_read_as_well() -> None:
    data = experiment(100, (0.2, 0.3), 0).drop(columns="offer").replace({"contacted": "10% off"})
    table = offer_uplifts(compare_variants(data, {"converted": "proportion"}))
    assert table.index.tolist() == ["10% off"]


def test_what_is_no_sound_readout_is_refused() -> None:
    data = experiment(100, (0.2, 0.3), 0)
    readout = compare_variants(data, {"converted": "proportion"}, by="offer")
    with pytest.raises(DataError, match="no metric 'amount'; it has .'converted'"):
        offer_uplifts(readout, metric="amount")
    with pytest.raises(TypeError, match="must come from compare_variants"):
        offer_uplifts(readout.table)  # type: ignore[arg-type]
    three = pd.concat([data, data[data["variant"] == "contacted"].assign(variant="other")])
    with pytest.raises(DataError, match="'mail' more than once"):
        offer_uplifts(compare_variants(three, {"converted": "proportion"}, by="offer"))
    skewed = compare_variants(
        data, {"converted": "proportion"}, shares={"control": 0.1, "contacted": 0.9}
    )
    with pytest.raises(DataError, match="sample ratio"):
        offer_uplifts(skewed)
