"""Sound calls of the public names of lifetime value and of purchase models."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd

from cemkit import (
    BetaGeoModel,
    CustomerLifetimeValue,
    GammaGammaModel,
    ParetoNBDModel,
    compare_purchase_models,
    customer_table,
    load_cdnow,
)
from cemkit.clv import (
    BetaGeoBinomialModel,
    FrequencyGammaGammaModel,
    ModifiedBetaGeoModel,
    NetSpendModel,
    SeasonalClock,
    ShiftedBetaGeoModel,
    SpendRegression,
    bootstrap_parameters,
    choose_clock,
    compare_value_models,
    discounted_cash_flows,
    forecast_customer_base,
    likelihood_ratio_test,
    purchase_calibration,
    purchase_tracking,
    repeat_frequency,
    simple_value,
)
from cemkit.data import from_lifetimes, to_lifetimes
from cemkit.data.reductions.histories import purchase_histories, spend_histories
from cemkit.plots import clv as pictures

BETA_GEO = BetaGeoModel.from_parameters(r=0.8, alpha=20, a=0.8, b=2.4)
PARETO = ParetoNBDModel.from_parameters(r=0.8, alpha=20, s=0.6, beta=60)
MODIFIED = ModifiedBetaGeoModel.from_parameters(r=0.8, alpha=20, a=0.8, b=2.4)
DONORS = BetaGeoBinomialModel.from_parameters(alpha=1.2, beta=0.75, gamma=0.66, delta=2.8)
CONTRACTS = ShiftedBetaGeoModel.from_parameters(alpha=0.7, beta=1.2)
FREQUENT = FrequencyGammaGammaModel.from_parameters(p=6.0, q=3.7, gamma=14.0, frequency=0.1)
NET = NetSpendModel.from_parameters(between=20, within=25, mean=35)
SPEND = GammaGammaModel.from_parameters(p=6.25, q=3.74, gamma=15.44)


ORDERS = load_cdnow("sample")
CUSTOMERS = BETA_GEO.simulate(600, 300.0, 1).assign(
    repeat_mean_amount=lambda table: np.where(
        table["repeat_count"] > 0, np.random.default_rng(0).gamma(4, 5, len(table)), 0.0
    ),
    channel=lambda table: np.where(table.index % 2, "web", "shop"),
    rate=0.1,
    margin=0.4,
)
COLUMNS = ["repeat_count", "recency_days", "tenure_days", "repeat_mean_amount"]
NARROW = CUSTOMERS[[*COLUMNS, "channel", "rate", "margin"]]
WITH_IDS = NARROW.reset_index()
GIVERS = DONORS.simulate(40, 5, 1).assign(channel=np.where(np.arange(40) % 2, "web", "shop"))
MEMBERS = CONTRACTS.simulate(40, 5, 1).assign(channel=np.where(np.arange(40) % 2, "web", "shop"))
SUMMARY = to_lifetimes(CUSTOMERS)
WEIGHTS = np.ones(len(NARROW))
FITTED = BetaGeoModel().fit(NARROW)
FULL = BetaGeoModel(covariates=["channel"]).fit(NARROW)
VALUE = CustomerLifetimeValue(BETA_GEO, SPEND).fit(NARROW)
TRACKED = purchase_tracking(BETA_GEO, ORDERS, "1997-09-30")
MANY = np.random.default_rng(1).gamma(2, 20, len(NARROW))
REGRESSION = SpendRegression().fit(NARROW, pd.Series(MANY, index=NARROW.index))
FORECAST = forecast_customer_base(BETA_GEO, ORDERS, "1997-09-30", horizon_days=20, n_draws=100)
COMPARED = compare_value_models(ORDERS, "1997-09-30", 60, [BETA_GEO, SpendRegression()])
HISTORY = BETA_GEO.alive_history(111, ORDERS, "1997-09-30")
CALIBRATED = purchase_calibration(BETA_GEO, ORDERS, "1997-09-30", 273)


EVENTS = pd.DataFrame(
    {
        "name": ["圣诞", "sale"],
        "start_date": ["1997-12-24", "1998-03-02"],
        "end_date": ["1997-12-26", "1998-03-08"],
        "recurring": [True, False],
    }
)
TO_COME = EVENTS.assign(start_date="1998-05-04", end_date="1998-05-10").tail(1)
CLOCK = SeasonalClock(2, events=EVENTS).fit(ORDERS, "1998-03-31")
DATED = customer_table(ORDERS, "1998-03-31")
ON_CLOCK = BetaGeoModel(clock=CLOCK).fit(DATED)
LONG = choose_clock(ORDERS, "1998-06-30", clock=SeasonalClock(1))


CHOICE = [
    "history_days",
    "n_holdouts",
    *(f"{kind}_{of}_error" for kind in ("plain", "clock") for of in ("median", "worst")),
]


def _clock(orders: Any, as_of: Any, harmonics: Any, weekdays: Any, events: Any) -> Any:
    clock = SeasonalClock(harmonics, weekdays=weekdays, events=events).fit(orders, as_of)
    return clock.sentence(), clock.sentence("zh"), clock.effects_


def _planned(events: Any, until: Any, horizon_days: Any) -> Any:
    return ON_CLOCK.with_plan(events, until=until).expected_purchases(DATED, horizon_days)


def _fit(model: type) -> Callable[..., Any]:
    def fit(customers: Any, sample_weight: Any = None, covariates: Any = None) -> Any:
        return model(covariates=covariates).fit(customers, sample_weight=sample_weight)

    return fit


def _fit_plain(model: type) -> Callable[..., Any]:
    return lambda customers, sample_weight=None: model().fit(customers, sample_weight=sample_weight)


def _valued(customers: Any, confidence_level: Any = None, **terms: Any) -> Any:
    value = CustomerLifetimeValue(FITTED, GammaGammaModel(), **terms).fit(customers)
    return value.add_to(customers, confidence_level), value.sentence()


FIT = {"customers": NARROW, "sample_weight": WEIGHTS, "covariates": ["channel"]}
ASK = {"customers": WITH_IDS, "horizon_days": 90}
HOLDOUT = {
    "orders": ORDERS,
    "as_of": "1997-09-30",
    "horizon_days": 273,
    "data_until": "1998-12-31",
}
CALLS: dict[str, tuple[Callable[..., Any], dict[str, Any]]] = {
    "BetaGeoModel.fit": (_fit(BetaGeoModel), FIT),
    "ModifiedBetaGeoModel.fit": (_fit(ModifiedBetaGeoModel), FIT),
    "ParetoNBDModel.fit": (_fit(ParetoNBDModel), FIT),
    "BetaGeoModel.from_parameters": (
        BetaGeoModel.from_parameters,
        {"r": 0.8, "alpha": 20, "a": 0.8, "b": 2.4},
    ),
    "BetaGeoModel.fit orders": (
        lambda customers, orders, clock: BetaGeoModel(clock=clock).fit(customers, orders=orders),
        {"customers": DATED, "orders": ORDERS, "clock": CLOCK},
    ),
    "BetaGeoModel.with_plan": (
        _planned,
        {"events": TO_COME, "until": "1998-09-30", "horizon_days": 90},
    ),
    "SeasonalClock": (
        _clock,
        {
            "orders": ORDERS,
            "as_of": "1998-03-31",
            "harmonics": 2,
            "weekdays": True,
            "events": EVENTS,
        },
    ),
    "SeasonalClock.with_plan": (CLOCK.with_plan, {"events": TO_COME, "until": "1998-09-30"}),
    "SeasonalClock.intensity": (
        CLOCK.intensity,
        {"start_date": "1997-12-01", "end_date": "1998-02-28"},
    ),
    "choose_clock": (choose_clock, {"orders": ORDERS, "as_of": "1997-09-30"}),
    "BetaGeoModel.summary": (FITTED.summary, {"confidence_level": 0.9}),
    "BetaGeoModel.alive_probability": (BETA_GEO.alive_probability, {"customers": NARROW}),
    "BetaGeoModel.expected_purchases": (BETA_GEO.expected_purchases, ASK),
    "ParetoNBDModel.expected_purchases": (PARETO.expected_purchases, ASK),
    "BetaGeoModel.purchase_quantiles": (
        BETA_GEO.purchase_quantiles,
        {**ASK, "quantiles": [0.1, 0.9]},
    ),
    "ParetoNBDModel.purchase_quantiles": (
        PARETO.purchase_quantiles,
        {**ASK, "quantiles": [0.1, 0.9]},
    ),
    "ParetoNBDModel.next_purchase": (
        PARETO.next_purchase,
        {
            "customers": NARROW,
            "as_of": "1997-09-30",
            "quantiles": [0.1, 0.5],
            "horizon_days": 365,
        },
    ),
    "BetaGeoModel.alive_history": (
        BETA_GEO.alive_history,
        {"customer": 111, "orders": ORDERS, "as_of": "1997-09-30", "covariates": None},
    ),
    "BetaGeoModel.with_covariates": (FULL.expected_purchases, ASK),
    "BetaGeoModel.expected_discounted_purchases": (
        BETA_GEO.expected_discounted_purchases,
        {"customers": NARROW, "annual_discount_rate": 0.1, "horizon_days": 365},
    ),
    "ParetoNBDModel.expected_discounted_purchases": (
        PARETO.expected_discounted_purchases,
        {"customers": NARROW, "annual_discount_rate": 0.1, "horizon_days": None},
    ),
    "BetaGeoModel.purchase_probabilities": (
        BETA_GEO.purchase_probabilities,
        {"customers": NARROW, "n": 2, "horizon_days": 90},
    ),
    "ParetoNBDModel.purchase_probabilities": (
        PARETO.purchase_probabilities,
        {"customers": NARROW, "n": 2, "horizon_days": 90},
    ),
    "ModifiedBetaGeoModel.add_to": (MODIFIED.add_to, ASK),
    "BetaGeoModel.new_customer_purchases": (
        BETA_GEO.new_customer_purchases,
        {"horizon_days": 90},
    ),
    "BetaGeoModel.new_customer_curve": (
        BETA_GEO.new_customer_curve,
        {"horizons_days": [30, 60, 90]},
    ),
    "BetaGeoModel.simulate": (
        BETA_GEO.simulate,
        {"n_customers": 3, "horizon_days": [90, 60, 30], "random_state": 1},
    ),
    "GammaGammaModel.fit": (
        _fit_plain(GammaGammaModel),
        {"customers": NARROW, "sample_weight": WEIGHTS},
    ),
    "GammaGammaModel.expected_mean_amount": (SPEND.expected_mean_amount, {"customers": NARROW}),
    "GammaGammaModel.add_to": (SPEND.add_to, {"customers": WITH_IDS}),
    "FrequencyGammaGammaModel.fit": (
        _fit_plain(FrequencyGammaGammaModel),
        {"customers": NARROW, "sample_weight": WEIGHTS},
    ),
    "FrequencyGammaGammaModel.expected_mean_amount": (
        FREQUENT.expected_mean_amount,
        {"customers": NARROW},
    ),
    "NetSpendModel.fit": (
        _fit_plain(NetSpendModel),
        {"customers": NARROW, "sample_weight": WEIGHTS},
    ),
    "NetSpendModel.add_to": (NET.add_to, {"customers": WITH_IDS}),
    "BetaGeoBinomialModel.purchase_quantiles": (
        DONORS.purchase_quantiles,
        {"customers": GIVERS, "n_opportunities": 3, "quantiles": [0.5]},
    ),
    "ShiftedBetaGeoModel.period_quantiles": (
        CONTRACTS.period_quantiles,
        {"customers": MEMBERS, "n_periods": 12, "quantiles": [0.5]},
    ),
    "CustomerLifetimeValue.spend_quantiles": (
        VALUE.spend_quantiles,
        {"customers": NARROW, "quantiles": [0.1, 0.9]},
    ),
    "CustomerLifetimeValue.spend_probability": (
        VALUE.spend_probability,
        {"customers": NARROW, "at_least": 50},
    ),
    "BetaGeoBinomialModel.fit": (
        _fit(BetaGeoBinomialModel),
        {"customers": GIVERS, "sample_weight": np.ones(40), "covariates": ["channel"]},
    ),
    "BetaGeoBinomialModel.alive_probability": (DONORS.alive_probability, {"customers": GIVERS}),
    "BetaGeoBinomialModel.add_to": (
        DONORS.add_to,
        {"customers": GIVERS, "n_opportunities": 3},
    ),
    "BetaGeoBinomialModel.expected_discounted_purchases": (
        DONORS.expected_discounted_purchases,
        {"customers": GIVERS, "discount_rate": 0.1, "n_opportunities": 4},
    ),
    "BetaGeoBinomialModel.purchase_probabilities": (
        DONORS.purchase_probabilities,
        {"customers": GIVERS, "n": 1, "n_opportunities": 4},
    ),
    "BetaGeoBinomialModel.new_customer_purchases": (
        DONORS.new_customer_purchases,
        {"n_opportunities": 4},
    ),
    "BetaGeoBinomialModel.simulate": (
        DONORS.simulate,
        {"n_customers": 3, "n_opportunities": 4, "random_state": 1},
    ),
    "ShiftedBetaGeoModel.fit": (
        _fit(ShiftedBetaGeoModel),
        {"customers": MEMBERS, "sample_weight": np.ones(40), "covariates": ["channel"]},
    ),
    "ShiftedBetaGeoModel.fit_survivors": (
        lambda survivors: ShiftedBetaGeoModel().fit_survivors(survivors),
        {"survivors": [1000, 631, 468, 382]},
    ),
    "ShiftedBetaGeoModel.survival": (CONTRACTS.survival, {"n_periods": 12}),
    "ShiftedBetaGeoModel.renewal_probability": (
        CONTRACTS.renewal_probability,
        {"customers": MEMBERS},
    ),
    "ShiftedBetaGeoModel.expected_discounted_periods": (
        CONTRACTS.expected_discounted_periods,
        {"customers": MEMBERS, "discount_rate": 0.1, "n_periods": None},
    ),
    "ShiftedBetaGeoModel.add_to": (CONTRACTS.add_to, {"customers": MEMBERS, "n_periods": 12}),
    "ShiftedBetaGeoModel.simulate": (
        CONTRACTS.simulate,
        {"n_customers": 3, "n_periods": 4, "random_state": 1},
    ),
    "CustomerLifetimeValue": (
        _valued,
        {
            "customers": NARROW,
            "confidence_level": 0.9,
            "annual_discount_rate": "rate",
            "horizon_days": 365,
            "margin": "margin",
            "period_days": 91,
        },
    ),
    "CustomerLifetimeValue.models": (
        lambda purchases, spend: CustomerLifetimeValue(purchases, spend).fit(NARROW),
        {"purchases": "auto", "spend": SPEND},
    ),
    "CustomerLifetimeValue.sentence": (VALUE.sentence, {"language": "en"}),
    "bootstrap_parameters": (
        bootstrap_parameters,
        {
            "model": FITTED,
            "customers": NARROW,
            "n_resamples": 2,
            "random_state": 1,
            "progress": False,
        },
    ),
    "compare_purchase_models": (compare_purchase_models, {**HOLDOUT, "models": [BetaGeoModel()]}),
    "purchase_calibration": (
        purchase_calibration,
        {"model": BETA_GEO, **HOLDOUT, "largest_count": 7},
    ),
    "purchase_tracking": (
        purchase_tracking,
        {
            "model": BETA_GEO,
            "orders": ORDERS,
            "as_of": "1997-09-30",
            "period_days": 7,
            "data_until": "1998-12-31",
        },
    ),
    "forecast_customer_base": (
        forecast_customer_base,
        {
            "models": BETA_GEO,
            "orders": ORDERS,
            "as_of": "1997-09-30",
            "horizon_days": 10,
            "acquisition": pd.Series([20.0, 30.0], pd.period_range("1997-10", periods=2, freq="M")),
            "calendar": None,
            "period": "week",
            "cohort": "month",
            "confidence_level": 0.9,
            "n_draws": 100,
            "random_state": 1,
        },
    ),
    "compare_value_models": (
        compare_value_models,
        {
            **HOLDOUT,
            "horizon_days": 60,
            "models": [BetaGeoModel()],
            "confidence_level": 0.9,
            "random_state": 1,
        },
    ),
    "SpendRegression.fit": (
        lambda customers, y, quantile, random_state: SpendRegression(
            quantile=quantile, random_state=random_state
        ).fit(customers, y),
        {
            "customers": NARROW,
            "y": pd.Series(MANY, index=NARROW.index),
            "quantile": 0.5,
            "random_state": 0,
        },
    ),
    "SpendRegression.predict": (REGRESSION.predict, {"customers": NARROW}),
    "SpendRegression.add_to": (REGRESSION.add_to, {"customers": NARROW}),
    "plots.base_forecast": (pictures.base_forecast, {"forecast": FORECAST, "currency": "$"}),
    "plots.value_deciles": (pictures.value_deciles, {"comparison": COMPARED, "currency": "$"}),
    "likelihood_ratio_test": (likelihood_ratio_test, {"restricted": FITTED, "full": FULL}),
    "discounted_cash_flows": (
        discounted_cash_flows,
        {"cash_flows": [110, 121], "rate": 0.1, "timing": "end"},
    ),
    "simple_value": (
        simple_value,
        {"mean_amount": 50, "orders_per_year": 4, "years": 3, "margin": 0.3},
    ),
    "from_lifetimes": (from_lifetimes, {"summary": SUMMARY, "time_unit": "week"}),
    "to_lifetimes": (to_lifetimes, {"customers": WITH_IDS, "time_unit": "week"}),
    "purchase_histories": (purchase_histories, {"customers": NARROW}),
    "spend_histories": (spend_histories, {"customers": NARROW}),
    "repeat_frequency": (
        repeat_frequency,
        {"customers": NARROW, "model": FITTED, "largest_count": 3},
    ),
    "repeat_frequency without a model": (repeat_frequency, {"customers": NARROW}),
    "plots.calibration": (pictures.calibration, {"table": CALIBRATED}),
    "plots.alive_history": (pictures.alive_history, {"history": HISTORY}),
    "plots.tracking": (pictures.tracking, {"table": TRACKED, "cumulative": True}),
    "plots.alive_matrix": (
        pictures.alive_matrix,
        {"model": BETA_GEO, "tenure_days": 365, "max_count": 5},
    ),
    "plots.purchases_matrix": (
        pictures.purchases_matrix,
        {"model": BETA_GEO, "tenure_days": 365, "horizon_days": 90, "max_count": 5},
    ),
    "plots.purchase_intensity": (
        pictures.purchase_intensity,
        {"clock": CLOCK, "days": 90, "smooth": True},
    ),
    "plots.value_distribution": (
        pictures.value_distribution,
        {"clv": VALUE.add_to(NARROW)["clv"]},
    ),
}
VARIANTS: dict[str, list[dict[str, Any]]] = {  # of the results that say different things
    "ClockChoice": [
        {"history_days": 500, "n_holdouts": 0},
        {name: getattr(LONG, name) for name in CHOICE},
        {name: getattr(LONG, name) for name in CHOICE} | {"clock": CLOCK},
    ],
    "CustomerBaseForecast": [
        {"planned": True},
        {"seasonal": True},
        {"seasonal_acquisition": True},
    ],
    "ValueModelComparison": [
        {"rivals": ("BG/NBD", "spent as before")},
        {"rivals": (), "without_regression": "short past"},
        {"rivals": ("spent as before",), "without_regression": "equal spend"},
    ],
    "AliveHistory": [
        {"purchase_days": 1, "customer": "客户甲"},
        {"not_identified": ("s", "beta")},
    ],
}
