"""The three models against published estimates and predictions, in days.

Values: Fader, Hardie, Lee (2005); BTYD 2.4, BTYDplus, CLVTools and lifetimes 0.11.3 on the CDNOW
tenth sample, in weeks.
"""

import numpy as np
import pandas as pd
import pytest

from cemkit import BetaGeoModel, ParetoNBDModel, customer_table, load_cdnow
from cemkit.clv import ModifiedBetaGeoModel
from cemkit.clv.purchases.purchase_model import PurchaseModel

MODELS = [ParetoNBDModel, BetaGeoModel, ModifiedBetaGeoModel]
HEAVY = pd.DataFrame({"repeat_count": [26], "recency_days": [1], "tenure_days": [217]})
ANNUAL_OF_WEEKLY_27_BASIS_POINTS = np.expm1(0.0027 / 7 * 365)


@pytest.fixture(scope="module")
def cdnow() -> pd.DataFrame:
    return customer_table(load_cdnow("sample"), as_of="1997-09-30")


@pytest.fixture(scope="module")
def rounded() -> pd.DataFrame:
    """The same customers as lifetimes ships them: weeks with two decimals."""
    summary = pd.read_csv(_lifetimes_file("cdnow_customers_summary.csv"))
    return pd.DataFrame(
        {
            "repeat_count": summary["frequency"],
            "recency_days": 7 * (summary["T"] - summary["recency"]),
            "tenure_days": 7 * summary["T"],
        }
    )


def _lifetimes_file(name: str) -> str:
    from importlib.util import find_spec
    from pathlib import Path

    spec = find_spec("lifetimes")
    assert spec is not None
    assert spec.origin is not None
    return str(Path(spec.origin).with_name("datasets") / name)


def weekly(model: PurchaseModel, values: pd.Series) -> list[float]:
    names = pd.Series(model.parameter_names, index=values.index)
    return (values / np.where(names.isin(model.time_parameters), 7, 1)).tolist()


def weekly_log_likelihood(model: PurchaseModel, customers: pd.DataFrame) -> float:
    return model.log_likelihood_ + customers["repeat_count"].sum() * np.log(7)


def test_pareto_nbd_estimates_are_those_of_clvtools(cdnow: pd.DataFrame) -> None:
    model = ParetoNBDModel().fit(cdnow)
    published = [0.553277, 10.577683, 0.606240, 11.668734]
    assert weekly(model, model.params_) == pytest.approx(published, rel=1e-6)
    errors = [0.0476264, 0.8427222, 0.1872594, 6.2105448]
    assert weekly(model, model.standard_errors_) == pytest.approx(errors, rel=1e-3)
    assert weekly_log_likelihood(model, cdnow) == pytest.approx(-9594.976179, abs=1e-5)


def test_beta_geo_estimates_are_those_of_the_paper(cdnow: pd.DataFrame) -> None:
    model = BetaGeoModel().fit(cdnow)
    published = [0.242595, 4.413602, 0.792922, 2.425907]
    assert weekly(model, model.params_) == pytest.approx(published, rel=2e-6)
    assert weekly_log_likelihood(model, cdnow) == pytest.approx(-9582.429207, abs=1e-5)


def test_beta_geo_standard_errors_are_those_of_lifetimes(rounded: pd.DataFrame) -> None:
    model = BetaGeoModel().fit(rounded)
    errors = [0.0125573, 0.3782212, 0.1857192, 0.7053459]
    assert weekly(model, model.standard_errors_) == pytest.approx(errors, rel=1e-3)


def test_modified_beta_geo_estimates_are_those_of_btydplus(rounded: pd.DataFrame) -> None:
    model = ModifiedBetaGeoModel().fit(rounded)
    published = [0.524838, 6.182992, 0.891356, 1.613999]
    assert weekly(model, model.params_) == pytest.approx(published, rel=1e-4)
    assert weekly_log_likelihood(model, rounded) == pytest.approx(-9582.132685, abs=1e-4)


def test_pareto_nbd_predictions_are_those_of_btyd(cdnow: pd.DataFrame) -> None:
    model = ParetoNBDModel().fit(cdnow)
    assert model.new_customer_purchases(52 * 7) == pytest.approx(1.473434, abs=1e-6)
    assert model.alive_probability(HEAVY).item() == pytest.approx(0.997873, abs=1e-6)
    bins = cdnow["repeat_count"].clip(upper=7)
    means = model.expected_purchases(cdnow, 39 * 7).groupby(bins).mean()
    published = [0.138447, 0.599471, 1.195837, 1.713843, 2.398308, 2.907208, 3.818559, 6.403067]
    assert means.tolist() == pytest.approx(published, abs=1e-6)


def test_beta_geo_predictions_are_those_of_btyd(cdnow: pd.DataFrame) -> None:
    model = BetaGeoModel().fit(cdnow)
    assert model.new_customer_purchases(52 * 7) == pytest.approx(1.444012, abs=1e-6)
    assert model.expected_purchases(HEAVY, 52 * 7).item() == pytest.approx(25.757337, abs=1e-5)
    assert model.alive_probability(HEAVY).item() == pytest.approx(0.968854, abs=1e-6)


def test_pareto_nbd_residual_purchases_are_those_of_fader_hardie_lee() -> None:
    model = ParetoNBDModel.from_parameters(
        r=0.5629966, alpha=7 * 12.559037, s=0.4081095, beta=7 * 10.5148048
    )
    customer = pd.DataFrame(
        {"repeat_count": [7], "recency_days": [7 * 42.86], "tenure_days": [7 * 77.86]}
    )
    forever = model.expected_discounted_purchases(customer, ANNUAL_OF_WEEKLY_27_BASIS_POINTS)
    assert forever.item() == pytest.approx(1.8641833280713296, rel=1e-10)


def test_beta_geo_residual_purchases_are_those_of_a_double_integral() -> None:
    model = BetaGeoModel.from_parameters(r=0.243, alpha=7 * 4.414, a=0.793, b=2.426)
    customers = pd.DataFrame(
        {
            "repeat_count": [0, 2, 26],
            "recency_days": 7 * np.array([38.86, 38.86 - 30.43, 38.86 - 30.86]),
            "tenure_days": [7 * 38.86] * 3,
        }
    )
    forever = model.expected_discounted_purchases(customers, ANNUAL_OF_WEEKLY_27_BASIS_POINTS)
    assert forever.tolist() == pytest.approx([1.015701931, 5.156379826, 9.227469943], abs=1e-9)


def test_beta_geo_expected_purchases_are_those_of_hardies_spreadsheet() -> None:
    model = BetaGeoModel.from_parameters(r=0.243, alpha=7 * 4.414, a=0.793, b=2.426)
    customer = pd.DataFrame(
        {"repeat_count": [2], "recency_days": [7 * 8.43], "tenure_days": [7 * 38.86]}
    )
    assert model.expected_purchases(customer, 39 * 7).item() == pytest.approx(1.226028, abs=2e-4)


@pytest.mark.parametrize("seed", range(4))
def test_the_fit_ends_in_the_same_place_from_anywhere(
    cdnow: pd.DataFrame, seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With one customer of 800 purchases lifetimes' fit lands somewhere else on each run."""
    heavy = pd.DataFrame({"repeat_count": [800], "recency_days": [1], "tenure_days": [272]})
    customers = pd.concat([cdnow, heavy])
    model = ParetoNBDModel().fit(customers)
    start = np.exp(np.random.default_rng(seed).normal(0, 2, 4))
    monkeypatch.setattr(ParetoNBDModel, "start", tuple(start))
    elsewhere = ParetoNBDModel().fit(customers)
    assert elsewhere.params_.tolist() == pytest.approx(model.params_.tolist(), rel=1e-8)


@pytest.mark.parametrize("model", MODELS)
def test_a_fit_finds_the_parameters_its_customers_were_drawn_with(
    model: type[PurchaseModel],
) -> None:
    truth = {"r": 0.6, "alpha": 60.0} | (
        {"s": 0.7, "beta": 90.0} if model is ParetoNBDModel else {"a": 0.8, "b": 2.4}
    )
    tenures = np.linspace(200, 400, 40_000)
    customers = model.from_parameters(**truth).simulate(40_000, tenures, random_state=7)
    fitted = model().fit(customers)
    off = (fitted.params_ - pd.Series(truth)) / fitted.standard_errors_
    assert off.abs().max() < 3.5
