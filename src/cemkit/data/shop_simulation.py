"""simulate_shop: orders, events, answers, contacts and offers of the same customers."""

import dataclasses
import datetime as dt
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy.special import ndtri

from cemkit.arrays import Floats
from cemkit.checks import check_days, check_integer, check_list
from cemkit.checks.options import shown
from cemkit.data.simulation import first_day, simulate_orders
from cemkit.results import Result

SEGMENTS = {  # share of customers, promoters, detractors, share who answer a survey
    "new": (0.6, 0.35, 0.30, 0.25),
    "loyal": (0.4, 0.60, 0.10, 0.50),
}
CHANNELS = ("web", "app", "shop")
CATEGORIES = ("clothing", "food", "home")
SURVEY_CHANNELS = ("email", "sms", "wechat")
SURVEYED, RATED = 0.6, 0.7  # of orders, and of touchpoints by those who answer
ABANDONED = 1.5  # journeys without an order, per order
STEPS = ("visit", "view", "cart", "order")
STEP_RATES = (0.6, 0.4)  # of going on to view and to cart, without an order
COMMON, NOISE = 0.5, 0.7  # what ratings of a customer share, and what the overall score adds
CSAT_CUTS = (-1.6, -0.9, -0.2, 0.7)  # of a rating's normal value, between the scores 1 to 5
CES_CUTS = (-1.9, -1.4, -0.9, -0.4, 0.2, 1.0)
NEXT_WEIGHT = 0.6  # the weight of each touchpoint in the overall score, per that of the one before
COMMENTS = {
    "zh": ("很失望", "还可以", "非常满意"),
    "en": ("was bad", "was all right", "was very good"),
}


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class SimulatedShop(Result):
    """The tables of one simulated shop, which share customers and orders, from `simulate_shop`.

    Attributes:
        customers: Number of customers.
        as_of: Last day of the data.
        orders: `customer_id, order_id, order_date, amount, category, channel`.
        people: `customer_id, segment, preferred_channel, language`.
        events: `customer_id, event, event_time, channel`. Each order ends a journey in its channel.
        contacts: Survey requests: `customer_id, channel, contact_date, purpose`.
        responses: `customer_id, response_date, question, score, touchpoint, comment, order_id,
            channel`. The question `"nps"` (0 to 10) has no touchpoint; `"csat"` (1 to 5) rates each
            touchpoint and `"ces"` (1 to 7) the last one. Customers leave out some ratings.
        offers: `offer, kind, discount, valid_from, valid_until, contact_cost`.
        truth: Expected `net_promoter_scores` and `response_rates` (answers per request) of each
            segment, the expected `net_promoter_score` of all customers, and the `weights` of the
            touchpoints in the overall score.

    Examples:
        >>> shop = simulate_shop(200)
        >>> set(shop.responses["order_id"]) <= set(shop.orders["order_id"])
        True
    """

    customers: int
    as_of: str
    orders: pd.DataFrame
    people: pd.DataFrame
    events: pd.DataFrame
    contacts: pd.DataFrame
    responses: pd.DataFrame
    offers: pd.DataFrame
    truth: dict[str, Any]


def simulate_shop(
    n_customers: int,
    *,
    start_date: str | dt.date | pd.Timestamp = "2023-01-01",
    n_days: int = 365,
    touchpoints: Sequence[str] = ("delivery", "product", "service"),
    random_state: int = 0,
) -> SimulatedShop:
    """Simulate the tables of one shop with known scores, response rates and drivers.

    Orders come from `simulate_orders`. After an order some customers get a survey. Loyal customers
    are happier and answer more often, so the unweighted score of the respondents is too high. The
    first touchpoint has the largest weight in the overall score and the lowest ratings.

    Args:
        n_customers: Number of customers.
        start_date: First day of the data.
        n_days: Number of days observed, at least 30.
        touchpoints: Touchpoints that customers rate, at most 15, in order of decreasing weight.
        random_state: Seed of the random numbers.

    Returns:
        A `SimulatedShop` with the tables and the `truth`. No date lies after `as_of`.

    Raises:
        ValueError: There are no touchpoints, more than 15, or two of the same name, or `n_days` is
            below 30.

    Examples:
        >>> shop = simulate_shop(500)
        >>> round(shop.truth["net_promoter_score"], 3)
        0.23
        >>> sorted(shop.responses["question"].unique())
        ['ces', 'csat', 'nps']
    """
    check_integer(n_customers, "n_customers", minimum=1)
    start = first_day(start_date, check_days(n_days, "n_days"))
    if n_days < 30:
        raise ValueError(f"n_days must be at least 30, not {n_days}")
    names = _touchpoint_names(touchpoints)
    check_integer(random_state, "random_state", minimum=0)
    end = start + pd.Timedelta(days=n_days - 1)
    rng = np.random.default_rng(random_state)
    people = _people(n_customers, rng)
    drawn = simulate_orders(
        n_customers,
        start_date=start,
        n_days=n_days,
        acquisition_days=min(90, n_days),
        random_state=random_state,
    )
    orders = _with_details(drawn.table, people, rng)
    asked = _asked(orders, people, end, rng)
    contacts = asked[["customer_id", "survey_channel", "contact_date"]].rename(
        columns={"survey_channel": "channel"}
    )
    return SimulatedShop(
        customers=n_customers,
        as_of=f"{end:%Y-%m-%d}",
        orders=orders,
        people=people,
        events=_journeys(orders, start, end, rng),
        contacts=contacts.assign(purpose="survey").reset_index(drop=True),
        responses=_responses(asked, names, end, rng),
        offers=_offers(start, end),
        truth=_truth(names),
    )


def _touchpoint_names(touchpoints: Sequence[str]) -> list[str]:
    names = check_list(touchpoints, "touchpoints")
    if not all(isinstance(name, str) and name for name in names) or not 1 <= len(names) <= 15:
        raise ValueError(f"touchpoints must be a list of 1 to 15 names, not {shown(names)}")
    if len(set(names)) < len(names):
        raise ValueError(f"touchpoints must have different names, not {shown(names)}")
    return names


def _truth(names: Sequence[str]) -> dict[str, Any]:
    scores = {segment: high - low for segment, (_, high, low, _) in SEGMENTS.items()}
    return {
        "net_promoter_scores": scores,
        "response_rates": {segment: rate for segment, (*_, rate) in SEGMENTS.items()},
        "net_promoter_score": sum(SEGMENTS[name][0] * score for name, score in scores.items()),
        "weights": dict(zip(names, _weights(len(names)).tolist(), strict=True)),
    }


def _weights(n: int) -> Floats:
    weights = NEXT_WEIGHT ** np.arange(n)
    return np.asarray(weights / weights.sum())


def _people(n: int, rng: np.random.Generator) -> pd.DataFrame:
    shares = [share for share, *_ in SEGMENTS.values()]
    return pd.DataFrame(
        {
            "customer_id": np.arange(1, n + 1),
            "segment": np.array(list(SEGMENTS))[rng.choice(len(SEGMENTS), n, p=shares)],
            "preferred_channel": np.array(SURVEY_CHANNELS)[rng.integers(3, size=n)],
            "language": np.array(["zh", "en"])[rng.integers(2, size=n)],
        }
    )


def _with_details(
    orders: pd.DataFrame, people: pd.DataFrame, rng: np.random.Generator
) -> pd.DataFrame:
    n = len(orders)
    usual = rng.integers(len(CHANNELS), size=len(people))[orders["customer_id"].to_numpy() - 1]
    other = rng.integers(len(CHANNELS), size=n)
    channel = np.where(rng.random(n) < 0.7, usual, other)
    return pd.DataFrame(
        {
            "customer_id": orders["customer_id"],
            "order_id": np.arange(1, n + 1),
            "order_date": orders["order_date"],
            "amount": orders["amount"],
            "category": np.array(CATEGORIES)[rng.integers(len(CATEGORIES), size=n)],
            "channel": np.array(CHANNELS)[channel],
        }
    )


def _asked(
    orders: pd.DataFrame, people: pd.DataFrame, end: pd.Timestamp, rng: np.random.Generator
) -> pd.DataFrame:
    """The orders after which a survey was sent, and whether and when it was answered."""
    asked = orders[rng.random(len(orders)) < SURVEYED].merge(people, on="customer_id")
    n = len(asked)
    contact_date = asked["order_date"] + _days(rng.integers(2, 6, size=n))
    rates = asked["segment"].map({name: rate for name, (*_, rate) in SEGMENTS.items()})
    asked = asked.assign(
        survey_channel=asked["preferred_channel"],
        contact_date=contact_date,
        answers=rng.random(n) < rates,
        response_date=contact_date + _days(rng.integers(0, 5, size=n)),
    )
    return asked[asked["contact_date"] <= end]


def _days(numbers: npt.NDArray[Any]) -> pd.Series:
    return pd.Series(numbers.astype("timedelta64[D]").astype("timedelta64[us]"))


def _responses(
    asked: pd.DataFrame, names: list[str], end: pd.Timestamp, rng: np.random.Generator
) -> pd.DataFrame:
    """Answers to all questions of the surveys that were answered by the last day."""
    answered = asked[asked["answers"] & (asked["response_date"] <= end)]
    n, k, weights = len(answered), len(names), _weights(len(names))
    ratings = COMMON * rng.normal(size=(n, 1)) + np.sqrt(1 - COMMON**2) * rng.normal(size=(n, k))
    variance = COMMON**2 + (1 - COMMON**2) * (weights**2).sum() + NOISE**2
    overall = (ratings @ weights + NOISE * rng.normal(size=n)) / np.sqrt(variance)
    base = answered[["customer_id", "response_date", "order_id", "survey_channel"]]
    base = base.rename(columns={"survey_channel": "channel"}).reset_index(drop=True)
    group, score = _recommendations(overall, answered["segment"], rng)
    comments = np.array([COMMENTS["en"], COMMENTS["zh"]])
    said = comments[(answered["language"] == "zh").to_numpy().astype(int), group]
    subject = np.char.add(np.array(names)[rng.choice(k, n, p=weights)], " ")
    parts = [
        base.assign(
            question="nps", score=score, touchpoint=None, comment=np.char.add(subject, said)
        )
    ]
    for at, name in enumerate(names):
        shift = 0.5 * (at / max(k - 1, 1)) - 0.25  # the heaviest is rated lowest
        rated = rng.random(n) < RATED
        values = 1 + np.searchsorted(CSAT_CUTS, ratings[:, at] + shift)
        rows = base.assign(question="csat", score=values, touchpoint=name, comment=None)
        parts.append(rows[rated])
    effort = 1 + np.searchsorted(CES_CUTS, ratings[:, -1])
    rows = base.assign(question="ces", score=effort, touchpoint=names[-1], comment=None)
    parts.append(rows[rng.random(n) < RATED])
    columns = ["customer_id", "response_date", "question", "score", "touchpoint", "comment"]
    texts = dict.fromkeys(["touchpoint", "comment"], object)
    table = pd.concat([part.astype(texts) for part in parts], ignore_index=True)
    table = table[[*columns, "order_id", "channel"]]
    return table.sort_values(["response_date", "order_id"], kind="stable", ignore_index=True)


def _recommendations(
    overall: Floats, segment: pd.Series, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """The class (detractor, passive, promoter) and the score of each answer, by its segment."""
    high = segment.map({name: ndtri(1 - share) for name, (_, share, *_) in SEGMENTS.items()})
    low = segment.map({name: ndtri(share) for name, (_, _, share, _) in SEGMENTS.items()})
    group = 1 + (overall > high.to_numpy()).astype(np.int64) - (overall < low.to_numpy())
    least, width = np.array([0, 7, 9])[group], np.array([7, 2, 2])[group]
    return group, least + (rng.random(len(group)) * width).astype(np.int64)


def _journeys(
    orders: pd.DataFrame, start: pd.Timestamp, end: pd.Timestamp, rng: np.random.Generator
) -> pd.DataFrame:
    """Every order with the steps before it on its day, and journeys that ended without one."""
    n = len(orders)
    noon = orders["order_date"] + pd.Timedelta(hours=12)
    bought = [_steps(orders["customer_id"], orders["channel"], noon, rng, goes_on=None)]
    lost = rng.integers(n, size=int(ABANDONED * n))
    days = _days(rng.integers((end - start).days + 1, size=len(lost)))
    bought.append(
        _steps(
            orders["customer_id"].take(lost).reset_index(drop=True),
            orders["channel"].take(lost).reset_index(drop=True),
            start + days + pd.Timedelta(hours=12),
            rng,
            goes_on=STEP_RATES,
        )
    )
    events = pd.concat(bought, ignore_index=True)
    events["event_time"] = events["event_time"].astype("datetime64[us]")
    return events.sort_values(["customer_id", "event_time"], kind="stable", ignore_index=True)


def _steps(
    customer: pd.Series,
    channel: pd.Series,
    begin: pd.Series,
    rng: np.random.Generator,
    *,
    goes_on: tuple[float, ...] | None,
) -> pd.DataFrame:
    """The events of journeys, minutes apart: all steps, or as far as chance goes on."""
    rates = (1.0, 1.0, 1.0) if goes_on is None else (*goes_on, 0.0)
    here, parts = np.ones(len(customer), dtype=bool), []
    minutes = np.zeros(len(customer), dtype=np.int64)
    for step, rate in zip(STEPS, [*rates, 0.0], strict=True):
        time = begin + pd.Series(minutes.astype("timedelta64[m]").astype("timedelta64[us]"))
        rows = {"customer_id": customer, "event": step, "event_time": time, "channel": channel}
        parts.append(pd.DataFrame(rows)[here])
        here = here & (rng.random(len(here)) < rate)
        minutes = minutes + rng.integers(1, 30, size=len(here))
    return pd.concat(parts)


def _offers(start: pd.Timestamp, end: pd.Timestamp) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "offer": ["welcome", "sorry", "survey"],
            "kind": ["percentage", "percentage", "none"],
            "discount": [0.1, 0.2, np.nan],
            "valid_from": start,
            "valid_until": end,
            "contact_cost": [0.05, 2.0, 0.05],
        }
    )
