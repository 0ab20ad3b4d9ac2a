"""What holds of every function that draws, in light and dark, with few and many groups."""

import importlib.util
import inspect
import re
from collections.abc import Callable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.axes import Axes
from matplotlib.text import Text

import cemkit as ck
from cemkit import impact, indicators
from cemkit.churn import feature_drift
from cemkit.clv import (
    BetaGeoModel,
    SeasonalClock,
    ValueModelComparison,
    forecast_customer_base,
    repeat_frequency,
)
from cemkit.errors import CemkitError
from cemkit.experiments import effect_by_time_of_day, hold_out
from cemkit.feedback import (
    answered_in_time,
    comment_topics,
    compare_scores,
    distinctive_terms,
    drivers,
    nps,
    rescue_effect,
    score_trend,
    simulate_comments,
)
from cemkit.forecasting import simulate_weekly_sales
from cemkit.impact import difference_in_differences, observational_effect
from cemkit.journey import (
    attribute_conversions,
    conversion_paths,
    credit_stability,
    fix_list,
    funnel,
    journey_map,
    step_times,
    transitions,
)
from cemkit.promotion import coupon_ledger, eligible_pairs, fire_triggers
from cemkit.segmentation import SegmentMigration, stage_durations, value_tiers

ROOT = Path(__file__).parents[2]
SPEC = importlib.util.spec_from_file_location("hooks", ROOT / "docs/hooks.py")
HOOKS = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(HOOKS)
FUNCTIONS = {
    name.removeprefix("cemkit.plots."): getattr(
        importlib.import_module(name.rsplit(".", 1)[0]), name.rsplit(".", 1)[1]
    )
    for name in HOOKS.drawing_names()
}
Sample = tuple[tuple[Any, ...], dict[str, Any]]


def names(count: int) -> list[str]:
    words = [
        "Loyal",
        "At risk",
        "Bought twice in summer and never came back",
        r"$\frac{1$, $2",
    ]
    return [f"{words[number % 4]} {number}" for number in range(count)]


@cache
def cohorts(scale: float) -> Any:
    rng = np.random.default_rng(0)
    days = pd.to_timedelta(rng.integers(0, 250, 3000), "D")
    table = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 900, 3000),
            "order_date": pd.Timestamp("2024-01-01") + days,
            "amount": rng.gamma(1, scale, 3000),
        }
    )
    return ck.cohort_table(table, period="week", measure="amount", as_of="2024-09-30")


@cache
def migration(count: int) -> SegmentMigration:
    rng = np.random.default_rng(0)
    before, after = (pd.Series(rng.choice(names(count), 900)) for _ in range(2))
    return ck.segment_migration(before, after)


@cache
def profile(count: int, scale: float) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    shares = {name: rng.dirichlet(np.ones(count)) for name in ("share", "revenue_share")}
    means = {f"mean_{name}": rng.gamma(1, scale, count) for name in ("clv", "recency_days")}
    return pd.DataFrame({"customers": 10, **shares, **means}, index=names(count))


@cache
def evaluation() -> Any:
    rng = np.random.default_rng(0)
    probability = pd.Series(rng.random(300))
    churned = pd.Series((rng.random(300) < probability).astype(int))
    return ck.evaluate_churn(churned, probability, n_resamples=5)


@cache
def coefficients(count: int) -> Any:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(1000, count)), columns=names(count))
    return ck.ChurnModel().fit(X, pd.Series(rng.integers(0, 2, 1000))).coefficients()


@cache
def readout(count: int, scale: float) -> Any:
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"variant": ["A", "B"] * 2000, "group": rng.choice(names(count), 4000)})
    table["amount"] = rng.gamma(1, scale, 4000)
    return ck.compare_variants(table, {"amount": "mean"}, "A", by="group")


@cache
def weekly() -> Any:
    return simulate_weekly_sales(n_weeks=60)


@cache
def backtest(count: int) -> Any:
    models = {name: ck.ARIMAForecaster(1, (0, 0, 0)) for name in names(count)}
    return ck.backtest(weekly().sales, steps=2, origins=2, models=models)


@cache
def clusters() -> Any:
    return ck.choose_k(pd.DataFrame({"a": [1.0, 2.0, 3.0, 90.0, 91.0, 92.0] * 10}), [1, 2, 3])


def by_day(scale: float) -> pd.DataFrame:
    day = np.arange(60.0)
    bounds = {"lower": -day, "upper": day, "sequence_lower": -2 * day, "sequence_upper": 2 * day}
    table = pd.DataFrame({"difference": np.sin(day), **bounds}) * scale
    return table.assign(variant="B", day=pd.date_range("2024-01-01", periods=60))


def alive_history(count: int) -> Any:
    model = BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43)
    days = pd.date_range("2024-01-01", periods=count, freq="9D")
    orders = pd.DataFrame({"customer_id": names(1)[0], "order_date": days, "amount": 5.0})
    return model.alive_history(names(1)[0], orders, "2026-12-31")


def cycles() -> pd.DataFrame:
    days = np.linspace(5.0, 400, 200)
    due = pd.Timestamp("2024-01-01") + pd.to_timedelta(days.round(), "D")
    return pd.DataFrame({"cycle_days": days, "due_date": due, "overdue": days < 50})


def sample(name: str, count: int, scale: float) -> Sample:
    """Return what a function draws, with so many groups and values of such a size."""
    sales = weekly().sales * scale
    ahead = pd.DataFrame(
        {"forecast": [3.0, 4], "lower": [2.0, 2], "upper": [4.0, 5]},
        pd.date_range(sales.index[-1].end_time.normalize(), periods=2, freq="W"),
    )
    purchases = pd.DataFrame(
        {"n_customers": 1, "actual": np.arange(count) * scale, "expected": 1.0, "fitted": False},
        index=np.arange(1, count + 1) * 7,
    )
    model = BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43)
    profits = pd.DataFrame({"customer_id": range(50), "profit": np.arange(-20.0, 30) * scale})
    money: dict[str, Any] = {"currency": "$"}
    samples: dict[str, Callable[[], Sample]] = {
        **of_customers(count, scale),
        "churn.calibration": lambda: ((evaluation(),), {}),
        "churn.roc": lambda: ((evaluation(),), {}),
        "churn.precision_recall": lambda: ((evaluation(),), {}),
        "churn.lift_and_gains": lambda: ((evaluation(),), {}),
        "churn.retention_profit": lambda: ((plan(scale),), money),
        "churn.coefficients": lambda: ((coefficients(count),), {}),
        "clv.alive_history": lambda: ((alive_history(count),), {}),
        "clv.calibration": lambda: ((purchases,), {}),
        "clv.alive_matrix": lambda: ((model,), {"tenure_days": 365}),
        "clv.purchases_matrix": lambda: ((model,), {"horizon_days": 36_000}),
        "clv.purchase_intensity": lambda: ((clock(min(count, 12)),), {"days": 365}),
        "clv.tracking": lambda: ((purchases,), {}),
        "clv.base_forecast": lambda: ((base(scale),), money),
        "clv.value_deciles": lambda: ((deciles(count, scale),), money),
        "clv.value_distribution": lambda: ((pd.Series(np.arange(1.0, 50) * scale),), {}),
        "comments.distinctive_terms": lambda: ((distinctive(count),), {"most": count}),
        "comments.topics": lambda: ((topics_of(count),), {}),
        "comments.topic_trends": lambda: ((topics_of(count),), {"most": min(count, 12)}),
        "experiments.experiment_readout": lambda: ((readout(count, scale),), money),
        "experiments.effect_by_day": lambda: ((by_day(scale),), {"confidence_level": 0.95}),
        "experiments.readout_metrics": lambda: ((readout(count, scale),), {}),
        "feedback.score_stack": lambda: ((answers_by(count),), {}),
        "feedback.score_comparison": lambda: ((compared(count),), {}),
        "feedback.driver_map": lambda: ((driven(min(count, 12)),), {}),
        "forecasting.forecast_fan": lambda: ((sales, ahead * scale), money),
        "forecasting.backtest": lambda: ((backtest(count),), money),
        "impact.balance": lambda: ((adjusted(count, scale),), {}),
        "impact.overlap": lambda: ((adjusted(count, scale),), {}),
        "impact.event_study": lambda: ((staggered(count, scale),), {}),
        "impact.promotion_effect": lambda: ((effect(scale),), money),
        "impact.promotion_baseline": lambda: ((effect(scale),), money),
        "impact.detectable_lift": lambda: ((detectable(count),), {}),
        "impact.effects_by_series": lambda: ((by_series(count),), {}),
        "impact.effect_by_depth": lambda: ((by_depth(min(count, 12)),), {}),
        "impact.cross_effects": lambda: ((crossed(count, scale),), money),
        "impact.promotion_verdict": lambda: ((verdict(scale),), money),
        "journey.funnel": lambda: ((split_funnel(count),), {}),
        "journey.step_times": lambda: ((waits(count),), {}),
        "journey.transition_graph": lambda: ((moves(count),), {}),
        "journey.journey_map": lambda: ((laid_out(count),), {}),
        "journey.attribution": lambda: ((credited(count),), {}),
        "journey.conversion_paths": lambda: ((touched(count),), {"top": count}),
        "journey.credit_stability": lambda: ((varied(count),), {}),
        "journey.funnel_comparison": lambda: ((compared_funnel(count),), {}),
        "journey.fix_list": lambda: ((fix_list(journey_map=laid_out(count)),), {}),
        "indicators.scorecard": lambda: ((card(count, scale),), {"most": count}),
        "indicators.monitoring": lambda: ((monitoring(count, scale),), {"most": count}),
        "indicators.revenue_tree": lambda: ((tree(count, scale),), {**money, "most": count}),
        "proportions.sample_size": lambda: ((ck.sample_size(0.1, 0.1 + 0.1 / count**2),), {}),
        "recommendation.repurchase_cycles": lambda: ((cycles(), "2024-06-30"), {}),
        "segmentation.rfm_heatmap": lambda: ((scores(count),), {}),
        "segmentation.segment_bars": lambda: ((profile(count, scale),), {}),
        "segmentation.cluster_count": lambda: ((clusters(),), {}),
        "segmentation.cluster_profiles": lambda: ((profile(count, scale),), {}),
        "segmentation.cohort_table": lambda: ((cohorts(scale),), money),
        "segmentation.segment_migration": lambda: ((migration(count),), {}),
        "targeting.uplift_curve": lambda: ((curve(scale),), {}),
        "targeting.profit_by_share": lambda: ((profits,), money),
        # What was measured, and whom it may reach.
        "experiments.campaign_audience": lambda: ((campaign(count),), {}),
        "experiments.effect_by_time_of_day": lambda: ((by_hour(count, scale),), money),
        "feedback.answer_times": lambda: ((answered(count),), {}),
        "feedback.rescue_effect": lambda: ((rescued(count),), {}),
        "feedback.score_trend": lambda: ((trends(count),), {}),
        "impact.profit_waterfall": lambda: ((profit_of_offers(count, scale),), money),
        "indicators.acquisition_payback": lambda: ((acquired(count, scale),), money),
        "promotion.audience_funnel": lambda: ((audience(count),), {}),
        "promotion.coupon_ledger": lambda: ((coupons(count),), {}),
        "promotion.eligible_pairs": lambda: ((pairs(count),), {}),
        "promotion.fired_triggers": lambda: ((fired(count),), {}),
        "promotion.planned_actions": lambda: ((planned(count),), {}),
        "proportions.proportion_comparison": lambda: ((arms(min(count, 10)),), {}),
        "targeting.policy_value": lambda: ((policy(count, scale),), money),
    }
    return samples[name]()


def of_customers(count: int, scale: float) -> dict[str, Callable[[], Sample]]:
    """Samples of the pictures of churn, lifetime value, forecasts and segments."""
    money: dict[str, Any] = {"currency": "$"}
    return {
        "churn.score_histogram": lambda: ((evaluation(),), {}),
        "churn.threshold": lambda: ((evaluation(),), {}),
        "churn.importance": lambda: ((important(count),), {"most": max(count // 2, 2)}),
        "churn.feature_drift": lambda: ((drifted(count, scale),), {}),
        "clv.repeat_frequency": lambda: ((repeats(count),), {}),
        "forecasting.components": lambda: ((components(scale),), money),
        "forecasting.residuals": lambda: ((forecaster(scale).diagnose(),), {}),
        "segmentation.retention_curves": lambda: ((cohorts(scale),), money),
        "segmentation.value_concentration": lambda: ((tiers(count, scale),), {}),
        "segmentation.stage_flow": lambda: ((staged(count),), {}),
        "segmentation.silhouettes": lambda: ((separated(count),), {}),
        "segmentation.cluster_map": lambda: ((separated(count),), {}),
    }


@cache
def important(count: int) -> Any:
    rng = np.random.default_rng(0)
    X = pd.DataFrame(rng.normal(size=(1000, count)), columns=names(count))
    return ck.ChurnModel().fit(X, pd.Series(rng.integers(0, 2, 1000))).importance(X)


@cache
def drifted(count: int, scale: float) -> Any:
    rng = np.random.default_rng(0)
    before = pd.DataFrame(rng.normal(size=(500, count)), columns=names(count)) * scale
    return feature_drift(before, before + scale * np.linspace(0, 1, count))


@cache
def repeats(count: int) -> Any:
    customers = ck.customer_table(ck.load_cdnow("sample"), "1997-09-30")
    model = BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43)
    return repeat_frequency(customers, model, largest_count=count)


@cache
def forecaster(scale: float) -> Any:
    calendar = weekly().sales.index
    X = pd.DataFrame({"promotion": np.arange(60) % 7 == 0}, index=calendar).astype(float)
    return ck.ARIMAForecaster(4, (1, 0, 0), (0, 0, 0)).fit(weekly().sales * scale, X=X)


@cache
def components(scale: float) -> Any:
    model = forecaster(scale)
    return model.components(8, pd.DataFrame({"promotion": 1.0}, model.future_index(8)))


@cache
def tiers(count: int, scale: float) -> Any:
    value = np.random.default_rng(0).gamma(0.5, scale, 900)
    return value_tiers(pd.DataFrame({"clv": value}), n_tiers=count, names=names(count))


@cache
def staged(count: int) -> Any:
    rng = np.random.default_rng(0)
    days = pd.date_range("2023-01-31", periods=min(count, 12), freq="ME")
    history = pd.MultiIndex.from_product([range(300), days], names=["customer_id", "as_of"])
    stage = rng.choice(names(count), len(history))
    return stage_durations(history.to_frame(index=False).assign(stage=stage))


@cache
def separated(count: int) -> Any:
    rng = np.random.default_rng(0)
    features = names(3) if count > 3 else ["recency_days", "total_amount"]
    X = pd.DataFrame(rng.gamma(1, 9, (400, len(features))), columns=features)
    return ck.CustomerClusters(count).fit(X).separation(X)


@cache
def clock(count: int) -> SeasonalClock:
    days = pd.date_range("1997-11-01", periods=count).astype(str)
    events = pd.DataFrame(
        {"name": names(count), "start_date": days, "end_date": days, "recurring": True}
    )
    return SeasonalClock(events=events).fit(ck.load_cdnow("sample"), "1998-03-31")


@cache
def base(scale: float) -> Any:
    rng = np.random.default_rng(0)
    days = pd.to_timedelta(rng.integers(0, 250, 900), "D")
    orders = pd.DataFrame(
        {
            "customer_id": rng.choice(300, 900, p=rng.dirichlet(np.full(300, 0.5))),
            "order_date": pd.Timestamp("2024-01-01") + days,
            "amount": rng.gamma(4, scale, 900),
        }
    )
    model = BetaGeoModel.from_parameters(r=0.24, alpha=31, a=0.79, b=2.43)
    spend = ck.GammaGammaModel.from_parameters(p=4, q=4, gamma=3 * scale)
    value = ck.CustomerLifetimeValue(model, spend)
    return forecast_customer_base(value, orders, "2024-09-06", horizon_days=60, n_draws=100)


@cache
def deciles(count: int, scale: float) -> Any:
    rows = names(count)
    index = pd.MultiIndex.from_product([rows, range(1, 11)], names=["model", "decile"])
    table = pd.DataFrame({"mae": 1.0}, index=pd.Index(rows, name="model"))
    actual = np.random.default_rng(0).gamma(1, scale, len(index))
    return ValueModelComparison(
        best=rows[0],
        runner_up=rows[0],
        rivals=(),
        mae_difference=1.0,
        mae_difference_lower=0.5,
        mae_difference_upper=2.0,
        confidence_level=0.95,
        n_customers=10,
        actual_amount=1.0,
        horizon_days=90,
        without_regression="",
        deciles=pd.DataFrame({"n_customers": 1, "predicted": 1.0, "actual": actual}, index=index),
        table=table,
    )


@cache
def split_orders(count: int, scale: float) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    days = pd.to_timedelta(rng.integers(0, 150, 2000), "D")
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, 300, 2000),
            "order_date": pd.Timestamp("2024-01-01") + days,
            "amount": rng.gamma(1, scale, 2000),
            "group": rng.choice(names(-(-count // 10)), 2000),
        }
    )


@cache
def card(count: int, scale: float) -> Any:
    orders = split_orders(count, scale)
    return indicators.scorecard(orders, as_of="2024-05-31", by="group", window_days=60)


@cache
def tree(count: int, scale: float) -> Any:
    return indicators.revenue_tree(split_orders(count, scale), "2024-05-31", by="group")


@cache
def monitoring(count: int, scale: float) -> Any:
    rng = np.random.default_rng(0)
    months = pd.period_range("2022-06", periods=25, freq="M")
    parts = [
        pd.DataFrame({"indicator": name, "period": months, "value": rng.gamma(9, scale, 25)})
        for name in names(count)
    ]
    return indicators.monitor(pd.concat(parts, ignore_index=True))


@cache
def plan(scale: float) -> Any:
    probability = pd.Series(np.linspace(0.01, 0.99, 50))
    return ck.retention_profit(probability, scale, scale / 20, scale / 200, acceptance_rate=0.3)


@cache
def effect(scale: float) -> Any:
    return ck.promotion_effect(weekly().sales * scale, weekly().promotions)


@cache
def adjusted(count: int, scale: float) -> Any:
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(600, count)), columns=names(count))
    table["joined"] = rng.random(600) < 0.5
    table["amount"] = rng.gamma(1, scale, 600)
    return observational_effect(table, "joined", "amount", names(count), n_repeats=1)


@cache
def staggered(count: int, scale: float) -> Any:
    periods = count + 2
    rng = np.random.default_rng(0)
    table = pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(200), periods),
            "period": np.tile(np.arange(periods), 200),
            "amount": rng.gamma(1, scale, 200 * periods),
        }
    )
    first = np.repeat([2.0, periods - 1, np.nan, np.nan], 50 * periods)
    return difference_in_differences(table.assign(first_treated=first), "amount")


def detectable(count: int) -> Any:
    lengths = range(7, 7 + min(count, 4))
    return impact.detectable_lift(
        weekly().sales, lengths, weekly().promotions, margin=0.4, discount=0.1, after=0
    )


@cache
def several(count: int, scale: float = 1.0) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    columns = {name: weekly().sales * scale * rng.uniform(1, 3, 60) for name in names(count)}
    return pd.DataFrame(columns)


@cache
def by_series(count: int) -> Any:
    return impact.promotion_effects(several(count), weekly().promotions, after=0)


@cache
def by_depth(count: int) -> Any:
    depths = np.resize(np.linspace(0.05, 0.5, count), len(weekly().promotions))
    sized = weekly().promotions.assign(size=depths)
    return impact.promotion_elasticity(weekly().sales, sized, after=0)


@cache
def crossed(count: int, scale: float) -> Any:
    sales = several(max(count, 2), scale)
    promoted = [
        weekly().promotions.iloc[start::3].assign(series=name)
        for start, name in enumerate(sales.columns[: min(count, 3)])
    ]
    return impact.product_cross_effects(sales, pd.concat(promoted))


@cache
def verdict(scale: float) -> Any:
    return impact.worth_repeating(
        weekly().sales * scale, weekly().promotions, margin=0.5, discount=0.2
    )


@cache
def distinctive(count: int) -> Any:
    table = simulate_comments(1500, language="en", noise=0.02).table
    return distinctive_terms(table, by="touchpoint", max_terms=count)


@cache
def topics_of(count: int) -> Any:
    found = comment_topics(simulate_comments(1500, language="en").table, count, min_comments=5)
    return found.rename(dict(zip(found.names, names(count), strict=True)))


@cache
def curve(scale: float) -> Any:
    rng = np.random.default_rng(0)
    outcome = rng.normal(size=200) * scale
    return ck.uplift_curve(rng.normal(size=200), outcome, np.arange(200) % 2, n_resamples=5)


def answers(count: int) -> pd.DataFrame:
    rng = np.random.default_rng(0)
    rows = 100 * count
    return pd.DataFrame(
        {
            "customer_id": np.arange(rows),
            "group": np.repeat(names(count), 100),
            "score": rng.integers(0, 11, rows),
        }
    )


@cache
def answers_by(count: int) -> Any:
    return nps(answers(count), by="group")


@cache
def compared(count: int) -> Any:
    return compare_scores(answers(count), "group", control=names(count)[0])


@cache
def driven(count: int) -> Any:
    rng = np.random.default_rng(0)
    ratings = rng.normal(7, 1, (200, count))
    table = pd.DataFrame(ratings, columns=names(count))
    table["overall"] = ratings @ np.arange(count) / count + rng.normal(size=200)
    return drivers(table, "overall", n_resamples=20)


@cache
def journeys(count: int) -> pd.DataFrame:
    """Draw events with so many kinds and channels."""
    rng = np.random.default_rng(0)
    rows = 60 * count
    hours = pd.to_timedelta(rng.integers(0, 24 * 90, rows), "h")
    table = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 12 * count, rows),
            "event": rng.choice(names(count), rows),
            "event_time": pd.Timestamp("2024-01-01") + hours,
        }
    )
    return table.assign(channel=rng.choice(names(count), rows))


@cache
def split_funnel(count: int) -> Any:
    steps = names(min(count, 6))
    return funnel(journeys(count), steps, as_of="2024-03-31", by="channel")


@cache
def compared_funnel(count: int) -> Any:
    found = split_funnel(count)
    return found.compare(found.table["channel"].iloc[0])


@cache
def waits(count: int) -> Any:
    return step_times(journeys(count), names(3)[:2], as_of="2024-03-31", by="channel")


@cache
def moves(count: int) -> Any:
    return transitions(journeys(count), as_of="2024-03-31")


@cache
def laid_out(count: int) -> Any:
    rated = answers(count).rename(columns={"group": "touchpoint"})
    return journey_map(journeys(count), rated, as_of="2024-03-31", target=names(1)[0])


@cache
def touched(count: int) -> Any:
    return conversion_paths(journeys(count), names(1)[0], as_of="2024-03-31")


@cache
def credited(count: int) -> Any:
    return attribute_conversions(touched(count))


@cache
def varied(count: int) -> Any:
    options = {"lookbacks": [30, 7], "lost_shares": [0.0], "methods": ["last", "linear"]}
    return credit_stability(journeys(count), names(1)[0], as_of="2024-03-31", **options)


def scores(count: int) -> pd.DataFrame:
    score = np.arange(1, count + 1)
    return pd.DataFrame({"recency_score": score, "frequency_score": score})


@cache
def campaign(count: int) -> Any:
    actions = pd.DataFrame(
        {
            "customer_id": range(20 * count),
            "action": "win_back",
            "purpose": "marketing",
            "channel": "email",
            "offer": np.repeat(names(count), 20),
            "cost": 1.0,
        }
    )
    return hold_out(actions, "2024-03-01", salt="spring", share=0.2, budget=10 * count)


@cache
def by_hour(count: int, scale: float) -> Any:
    rng = np.random.default_rng(0)
    variants = ["A", *names(-(-count // 4))]
    hours = pd.Timestamp("2024-03-01") + pd.to_timedelta(rng.integers(0, 480, 4000), "h")
    table = pd.DataFrame({"variant": rng.choice(variants, 4000), "time": hours})
    table["amount"] = rng.gamma(1, scale, 4000)
    return effect_by_time_of_day(table, {"amount": "mean"}, "A", time="time", parts=[0, 6, 12, 18])


@cache
def answered(count: int) -> Any:
    rng = np.random.default_rng(0)
    opened = pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 59, 20 * count), "D")
    table = pd.DataFrame(
        {
            "customer_id": range(20 * count),
            "opened_at": opened,
            "answered_at": opened + pd.to_timedelta(rng.integers(1, 50, 20 * count), "h"),
            "group": np.repeat(names(count), 20),
        }
    )
    return answered_in_time(table, "2024-02-29", within_hours=24, by="group")


@cache
def rescued(count: int) -> Any:
    table = answers(count)
    arms = table.rename(columns={"group": "variant"})[["customer_id", "variant"]]
    told = table.assign(response_date="2024-03-20").iloc[::3]
    return rescue_effect(arms, told, since="2024-03-01", control=names(count)[0])


@cache
def trends(count: int) -> Any:
    months = pd.date_range("2024-01-01", periods=4, freq="MS")
    table = answers(count)
    return score_trend(
        table.assign(response_date=np.resize(months, len(table))), period="month", by="group"
    )


@cache
def profit_of_offers(count: int, scale: float) -> Any:
    offers = pd.DataFrame(
        {"offer": names(count), "cost": 100 * scale / count, "discount_cost": 30 * scale / count}
    )
    return impact.promotion_profit(
        effect(scale), margin=0.4, costs=offers, fixed_cost=90 * scale, halo_amount=50 * scale
    )


@cache
def acquired(count: int, scale: float) -> Any:
    rng = np.random.default_rng(0)
    customers = pd.DataFrame(
        {
            "customer_id": range(30 * count),
            "first_order_date": pd.Timestamp("2024-02-10"),
            "acquisition_channel": np.repeat(names(count), 30),
            "clv": rng.gamma(4, scale, 30 * count),
        }
    )
    costs = pd.DataFrame(
        {
            "cost_date": pd.Timestamp("2024-02-10"),
            "amount": rng.gamma(4, 10 * scale, count),
            "purpose": "acquisition",
            "channel": names(count),
        }
    )
    return indicators.acquisition_payback(
        customers, costs, "2024-02-29", start="2024-02-01", horizon_days=365
    )


def asked(count: int) -> dict[str, pd.DataFrame]:
    """Return people of whom some may be contacted."""
    people = pd.DataFrame({"customer_id": range(count), "preferred_channel": "email"})
    people.loc[::7, "preferred_channel"] = None
    consent = pd.DataFrame(
        {
            "customer_id": range(0, count, 2),
            "channel": "email",
            "purpose": "marketing",
            "granted": True,
            "since": pd.Timestamp("2024-01-01"),
        }
    )
    suppression = pd.DataFrame({"customer_id": range(0, count, 5)})
    return {"people": people, "consent": consent, "suppression": suppression}


@cache
def audience(count: int) -> Any:
    actions = pd.DataFrame(
        {
            "customer_id": range(1000 * count),
            "action": "win_back",
            "purpose": "marketing",
        }
    )
    return ck.build_audience(actions, "2024-01-31", **asked(990 * count))


@cache
def coupons(count: int) -> Any:
    rng = np.random.default_rng(0)
    first = pd.Timestamp("2024-01-01")
    table = pd.DataFrame(
        {
            "code": [str(number) for number in range(30 * count)],
            "offer": np.repeat(names(count), 30),
            "valid_from": first,
            "valid_until": first + pd.to_timedelta(rng.integers(10, 50, 30 * count), "D"),
            "redeemed_date": pd.Series(
                first + pd.to_timedelta(rng.integers(0, 9, 30 * count), "D")
            ).where(rng.random(30 * count) < 0.3),
        }
    )
    return coupon_ledger(table, "2024-01-31")


@cache
def pairs(count: int) -> Any:
    customers = pd.DataFrame({"customer_id": range(100 * count), "orders": range(100 * count)})
    offers = pd.DataFrame({"offer": ["mail"], "kind": "none", "eligible": "orders > 50"})
    return eligible_pairs(customers, offers, "2024-01-31", **asked(100 * count))


@cache
def fired(count: int) -> Any:
    before = pd.DataFrame({"customer_id": range(200), "churn_probability": 0.1})
    after = before.assign(churn_probability=np.linspace(0, 1, 200))
    rules = pd.DataFrame(
        {
            "rule": names(count),
            "when": [f"churn_probability > {at:.3f}" for at in np.linspace(0.2, 0.9, count)],
            "then": np.resize(["win_back", "call"], count),
            "priority": range(1, count + 1),
            "max_customers": 50,
        }
    )
    return fire_triggers(before, after, rules, as_of="2024-01-31", since="2024-01-01")


@cache
def planned(count: int) -> Any:
    customers = pd.DataFrame(
        {
            "customer_id": range(30 * count),
            "segment": np.repeat(names(count), 30),
            "orders": range(30 * count),
        }
    )
    plan = pd.DataFrame({"value": names(count)[::2], "offer": "mail"})
    offers = pd.DataFrame({"offer": ["mail"], "kind": "none", "eligible": "orders > 40"})
    return ck.actions_for(customers, offers, plan=plan)


@cache
def arms(count: int) -> Any:
    rng = np.random.default_rng(0)
    return ck.compare_proportions(rng.binomial(500, 0.2, count), [500] * count, names(count))


@cache
def policy(count: int, scale: float) -> Any:
    rng = np.random.default_rng(0)
    variants = ["none", *names(count)]
    experiment = pd.DataFrame(
        {
            "customer_id": range(2000),
            "variant": rng.choice(variants, 2000),
            "amount": rng.gamma(2, scale, 2000),
        }
    )
    shares = dict.fromkeys(variants, 1 / len(variants))
    return ck.policy_value(pd.Series(rng.choice(variants, 2000)), experiment, shares)


every_function = pytest.mark.parametrize("name", FUNCTIONS)


@every_function
def test_what_is_drawn_comes_first_and_axes_last(name: str) -> None:
    *rest, last = inspect.signature(FUNCTIONS[name]).parameters.values()
    assert (last.name, last.kind, last.default) == ("ax", last.KEYWORD_ONLY, None)
    for parameter in rest:
        needed = parameter.default is parameter.empty
        assert parameter.kind == (
            parameter.POSITIONAL_OR_KEYWORD if needed else parameter.KEYWORD_ONLY
        )


@every_function
def test_the_axes_given_are_drawn_on_and_nothing_else_changes(name: str) -> None:
    arguments, options = sample(name, 3, 1.0)
    before, (figure, ax) = dict(plt.rcParams), plt.subplots()
    assert FUNCTIONS[name](*arguments, **options, ax=ax) is ax
    assert plt.get_fignums() == [figure.number]
    assert dict(plt.rcParams) == before
    with pytest.raises(TypeError, match="ax must be Axes of matplotlib"):
        FUNCTIONS[name](*arguments, **options, ax="ax")


@pytest.mark.parametrize("other", [None, "x", [1.0], ck], ids=str)
@every_function
def test_another_object_is_refused(name: str, other: object) -> None:
    (_, *others), options = sample(name, 3, 1.0)
    with pytest.raises((TypeError, CemkitError), match="must be|not"):
        FUNCTIONS[name](other, *others, **options)
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    ("theme", "count", "scale"), [("default", 3, 1e8), ("dark_background", 40, 1e-3)]
)
@every_function
def test_everything_can_be_read(name: str, theme: str, count: int, scale: float) -> None:
    arguments, options = sample(name, count, scale)
    with plt.style.context(theme):
        ax = FUNCTIONS[name](*arguments, **options)
        ax.figure.canvas.draw()
        for part in (*ax.figure.axes, *ax.child_axes):
            check_ticks(part)
        check_inside(ax)
        check_words(ax)


def check_words(ax: Axes) -> None:
    """No missing value is written as Python writes it."""
    for text in ax.figure.findobj(Text):
        assert not re.search(r"\b(None|nan|NaT|inf|<NA>)\b", text.get_text())


def check_inside(ax: Axes) -> None:
    """Nothing is cut off at the edge of the figure."""
    box, (width, height) = ax.figure.get_tightbbox(), ax.figure.get_size_inches()
    assert min(box.x0, box.y0) >= -0.02
    assert box.x1 <= width + 0.02
    assert box.y1 <= height + 0.02


def check_ticks(ax: Axes) -> None:
    """Labels of ticks do not overlap, and no factor such as 1e8 stands apart from them."""
    for axis in (ax.xaxis, ax.yaxis):
        assert "e" not in axis.get_offset_text().get_text().replace("Sep", "").replace("Feb", "")
        low, high = sorted(axis.get_view_interval())
        shown = [t for t in axis.get_major_ticks() if low <= t.get_loc() <= high]
        labels = [tick.label1 if tick.label1.get_visible() else tick.label2 for tick in shown]
        labels = [label for label in labels if label.get_text()]
        for one, other in pairwise(labels):
            assert clear(one, other), f"{one} and {other} overlap"


def clear(one: Any, other: Any) -> bool:
    """Whether neighbouring labels do not overlap; slanted ones by the distance of their ends."""
    first, second = one.get_window_extent(), other.get_window_extent()
    if one.get_rotation() == 0:
        beside = first.y0 < second.y1 and second.y0 < first.y1
        gap = max(first.x0, second.x0) - min(first.x1, second.x1)
        return not first.overlaps(second) and not (beside and gap < 0.3 * one.get_size())
    apart = abs(second.x1 - first.x1) * np.sin(np.radians(45))
    return bool(apart >= one.get_size() * one.figure.dpi / 72)
