"""Experiments, sales, events and responses drawn with a known truth."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence

import numpy as np
import pandas as pd

from cemkit.checks import (
    check_days,
    check_fraction,
    check_integer,
    check_list,
    check_number,
    check_positive,
)
from cemkit.checks.options import shown
from cemkit.data.simulation import Simulation, first_day
from cemkit.formats import count_text

STEPS = ("visit", "view", "cart", "order")


def simulate_experiment(
    n_customers: int,
    *,
    conversion: Mapping[str, float] | None = None,
    segments: Sequence[str] = ("new", "loyal"),
    mean_amount: float = 40.0,
    pre_correlation: float = 0.5,
    random_state: int = 0,
) -> Simulation:
    """Simulate the table of an experiment with known conversion rates.

    Args:
        n_customers: Number of customers. Each is assigned at random, with equal probability per
            variant.
        conversion: Conversion rate of each variant, the control first. By default the control
            converts at 15 % and the treatment at 20 %.
        segments: Values of the column `segment`, which has no effect on conversion.
        mean_amount: Mean amount of converted customers; amounts are log-normal with shape 0.5.
        pre_correlation: Correlation between the logarithms of `pre_amount` and `amount`.
        random_state: Seed of the random numbers.

    Returns:
        A `Simulation` whose `table` has one row per customer with `customer_id, variant, converted,
        amount, pre_amount, segment`.

    Examples:
        >>> experiment = simulate_experiment(10_000)
        >>> experiment.table.groupby("variant")["converted"].mean().round(2).to_dict()
        {'control': 0.15, 'treatment': 0.2}
    """
    check_integer(n_customers, "n_customers", minimum=1)
    rates = _rates({"control": 0.15, "treatment": 0.2} if conversion is None else conversion)
    names = _names(segments, "segments")
    check_positive(mean_amount, "mean_amount")
    if check_number(pre_correlation, "pre_correlation", minimum=0.0) > 1:
        raise ValueError(f"pre_correlation must be at most 1, not {pre_correlation}")
    check_integer(random_state, "random_state", minimum=0)
    rng = np.random.default_rng(random_state)
    variant = rng.integers(len(rates), size=n_customers)
    converted = rng.random(n_customers) < np.array(list(rates.values()))[variant]
    before, noise = rng.normal(size=(2, n_customers))
    after = pre_correlation * before + np.sqrt(max(1 - pre_correlation**2, 0)) * noise
    amount, pre_amount = (mean_amount * np.exp(0.5 * z - 0.125) for z in (after, before))
    table = pd.DataFrame(
        {
            "customer_id": np.arange(1, n_customers + 1),
            "variant": np.array(list(rates))[variant],
            "converted": converted.astype(np.int64),
            "amount": np.where(converted, amount, 0.0).round(2),
            "pre_amount": pre_amount.round(2),
            "segment": np.array(names)[rng.integers(len(names), size=n_customers)],
        }
    )
    truth = {"conversion": rates, "mean_amount": mean_amount, "pre_correlation": pre_correlation}
    return Simulation(rows=n_customers, truth=truth, table=table)


def simulate_sales(
    n_days: int,
    *,
    start_date: str | dt.date | pd.Timestamp = "2023-01-01",
    level: float = 1000.0,
    daily_growth: float = 0.0,
    weekly_share: float = 0.2,
    autocorrelation: float = 0.5,
    noise_share: float = 0.05,
    promotion_days: Sequence[int] = (),
    lift: float = 0.3,
    random_state: int = 0,
) -> Simulation:
    """Simulate daily sales with trend, weekly season, AR(1) errors and promotions of known lift.

    Args:
        n_days: Number of days.
        start_date: First day of the data.
        level: Mean sales of the first day.
        daily_growth: Growth per day as a fraction; 0.001 is 0.1 % a day.
        weekly_share: Amplitude of the weekly season as a fraction of the level.
        autocorrelation: First-order autocorrelation of the errors, between -1 and 1.
        noise_share: Standard deviation of a day's shock as a fraction of the level.
        promotion_days: Days with a promotion, counted from 0.
        lift: Relative effect of a promotion: sales on a promotion day are 1 + `lift` times the
            baseline.
        random_state: Seed of the random numbers.

    Returns:
        A `Simulation` whose `table` has one row per day with `amount`, `promotion` (0 or 1) and
        `baseline`, the sales without any promotion.

    Examples:
        >>> sales = simulate_sales(28, promotion_days=[10, 11]).table
        >>> (sales["amount"] / sales["baseline"]).round(2).iloc[9:13].tolist()
        [1.0, 1.3, 1.3, 1.0]
    """
    start = first_day(start_date, check_days(n_days, "n_days"))
    check_positive(level, "level")
    shares = {"weekly_share": weekly_share, "noise_share": noise_share, "lift": lift}
    for name, share in shares.items():
        check_number(share, name, minimum=-1.0 if name == "lift" else 0.0)
    if abs(check_number(autocorrelation, "autocorrelation")) >= 1:
        raise ValueError(f"autocorrelation must lie between -1 and 1, not {autocorrelation}")
    if not -1 < check_number(daily_growth, "daily_growth") <= 1:
        raise ValueError(f"daily_growth must lie above -1 and at most at 1, not {daily_growth}")
    promoted = _promoted(promotion_days, n_days)
    check_integer(random_state, "random_state", minimum=0)
    rng = np.random.default_rng(random_state)
    day = np.arange(n_days)
    shocks = rng.normal(0.0, noise_share, n_days)
    deviation = np.zeros(n_days)
    for today in range(n_days):
        deviation[today] = autocorrelation * deviation[today - 1] * (today > 0) + shocks[today]
    week = weekly_share * np.sin(2 * np.pi * day / 7)
    baseline = level * (1 + daily_growth) ** day * np.maximum(1 + week + deviation, 0.0)
    promotion = np.isin(day, promoted).astype(np.int64)
    index = pd.date_range(start, periods=n_days, name="order_date")
    table = pd.DataFrame(
        {"amount": baseline * (1 + lift * promotion), "promotion": promotion, "baseline": baseline},
        index=index,
    )
    truth = {
        "level": level,
        "daily_growth": daily_growth,
        "weekly_share": weekly_share,
        "autocorrelation": autocorrelation,
        "noise_share": noise_share,
        "lift": lift,
    }
    return Simulation(rows=n_days, truth=truth, table=table)


def simulate_events(
    n_customers: int,
    *,
    start_date: str | dt.date | pd.Timestamp = "2023-01-01",
    n_days: int = 90,
    steps: Sequence[str] = STEPS,
    step_rates: Sequence[float] = (0.6, 0.3, 0.4),
    channels: Sequence[str] = ("web", "app", "shop"),
    random_state: int = 0,
) -> Simulation:
    """Simulate journeys through a funnel with known rates from each step to the next.

    Args:
        n_customers: Number of customers; each starts one journey.
        start_date: First day of the data.
        n_days: Number of days over which journeys start.
        steps: Names of the events, in order.
        step_rates: Probability of continuing from each step to the next; one fewer than `steps`.
        channels: Channels, drawn with equal probability for each event.
        random_state: Seed of the random numbers.

    Returns:
        A `Simulation` whose `table` has one row per event with `customer_id, event, event_time,
        channel`, sorted by customer and time. Steps are one hour apart on average.

    Examples:
        >>> counts = simulate_events(10_000).table["event"].value_counts()
        >>> (counts["view"] / counts["visit"]).round(2)
        np.float64(0.6)
    """
    check_integer(n_customers, "n_customers", minimum=1)
    start = first_day(start_date, check_days(n_days, "n_days"))
    steps, named = _names(steps, "steps"), _names(channels, "channels")
    step_rates = check_list(step_rates, "step_rates")
    if len(step_rates) != len(steps) - 1:
        raise ValueError(
            f"{count_text(len(steps), 'steps take')} {len(steps) - 1} step_rates: {step_rates!r}"
        )
    for rate in step_rates:
        if check_number(rate, "each of step_rates", minimum=0.0) > 1:
            raise ValueError(f"step_rates must be probabilities of at most 1, not {rate}")
    check_integer(random_state, "random_state", minimum=0)
    rng = np.random.default_rng(random_state)
    customer = np.arange(1, n_customers + 1)
    hours = rng.uniform(0, 24 * n_days, n_customers)
    parts = []
    for step, rate in zip(steps, [*step_rates, 0.0], strict=True):
        parts.append(pd.DataFrame({"customer_id": customer, "event": step, "hours": hours}))
        goes_on = rng.random(len(customer)) < rate
        customer, hours = customer[goes_on], hours[goes_on]
        hours = hours + rng.exponential(1.0, len(hours))
    table = pd.concat(parts).sort_values(["customer_id", "hours"], ignore_index=True)
    seconds = (table["hours"] * 3600).round().astype("int64").to_numpy().astype("timedelta64[s]")
    table["event_time"] = start.to_datetime64().astype("datetime64[us]") + seconds
    table["channel"] = np.array(named)[rng.integers(len(named), size=len(table))]
    truth = {"steps": list(steps), "step_rates": list(step_rates)}
    return Simulation(rows=len(table), truth=truth, table=table.drop(columns="hours"))


def simulate_responses(
    n_customers: int,
    *,
    start_date: str | dt.date | pd.Timestamp = "2023-01-01",
    n_days: int = 90,
    promoters: float = 0.45,
    detractors: float = 0.2,
    touchpoints: Sequence[str] = ("delivery", "service", "product"),
    random_state: int = 0,
) -> Simulation:
    """Simulate answers to "would you recommend us?" with a known net promoter score.

    Args:
        n_customers: Number of customers; each answers once.
        start_date: First day of the data.
        n_days: Number of days over which customers answer.
        promoters: Probability of a score of 9 or 10.
        detractors: Probability of a score from 0 to 6.
        touchpoints: Touchpoints, drawn with equal probability for each answer.
        random_state: Seed of the random numbers.

    Returns:
        A `Simulation`. Its `table` has one row per answer with `customer_id, response_date,
        question` (always `"nps"`), `score, touchpoint, comment`. Its `truth` has the expected
        `net_promoter_score`, from -1 to 1. `simulate_shop` simulates several questions, orders and
        channels of the same customers.

    Examples:
        >>> round(simulate_responses(100).truth["net_promoter_score"], 2)
        0.25
    """
    check_integer(n_customers, "n_customers", minimum=1)
    check_fraction(promoters, "promoters")
    check_fraction(detractors, "detractors")
    if promoters + detractors > 1:
        raise ValueError(f"promoters + detractors must be at most 1, not {promoters + detractors}")
    start = first_day(start_date, check_days(n_days, "n_days"))
    named = _names(touchpoints, "touchpoints")
    check_integer(random_state, "random_state", minimum=0)
    rng = np.random.default_rng(random_state)
    group = rng.choice(
        3, n_customers, p=[detractors, max(1 - promoters - detractors, 0.0), promoters]
    )
    lowest, scores = np.array([0, 7, 9])[group], np.array([7, 2, 2])[group]
    touchpoint = np.array(named)[rng.integers(len(named), size=n_customers)]
    words = pd.Series(np.array(["was bad", "was all right", "was very good"])[group])
    day = rng.integers(n_days, size=n_customers).astype("timedelta64[D]")
    table = pd.DataFrame(
        {
            "customer_id": np.arange(1, n_customers + 1),
            "response_date": start.to_datetime64().astype("datetime64[us]") + day,
            "question": "nps",
            "score": lowest + (rng.random(n_customers) * scores).astype(np.int64),
            "touchpoint": touchpoint,
            "comment": "The " + pd.Series(touchpoint) + " " + words,
        }
    )
    truth = {
        "promoters": promoters,
        "detractors": detractors,
        "net_promoter_score": promoters - detractors,
    }
    return Simulation(rows=n_customers, truth=truth, table=table)


def _names(values: Iterable[str], name: str) -> list[str]:
    """A list of at least one name, read once."""
    names = check_list(values, name)
    if not names or not all(isinstance(value, str) for value in names):
        raise ValueError(f"{name} must be a list of at least one name, not {shown(names)}")
    return names


def _rates(conversion: Mapping[str, float]) -> dict[str, float]:
    if not isinstance(conversion, Mapping) or not conversion:
        raise TypeError(
            "conversion must give the rate of each variant, as in {'control': 0.15, "
            f"'treatment': 0.2}}, not {shown(conversion)}"
        )
    _names(conversion, "the variants of conversion")
    return {
        name: check_fraction(rate, f"conversion[{name!r}]") for name, rate in conversion.items()
    }


def _promoted(promotion_days: Iterable[int], n_days: int) -> list[int]:
    days = check_list(promotion_days, "promotion_days")
    last = n_days - 1
    return [check_integer(d, "each of promotion_days", minimum=0, maximum=last) for d in days]
