"""Whom it pays to contact, and what a churn score is worth in money."""

import dataclasses
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import betainc
from sklearn.metrics import make_scorer

from cemkit.arrays import Floats
from cemkit.checks import (
    binary_labels,
    check_label,
    check_number,
    check_positive,
    finite_values,
    is_missing_text,
    matched,
    side_by_side,
)
from cemkit.checks.engine_tables import kind_of
from cemkit.churn.metrics import Ranking
from cemkit.churn.scored_outcomes import outcome_values
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.formats import count_text
from cemkit.results import Result

Money = float | pd.Series
ALPHA, BETA = 6.0, 14.0  # the paper's belief about acceptance: mean .3, standard deviation .1


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class RetentionProfit(Result):
    """The customers to contact with a retention offer, from `retention_profit`.

    Attributes:
        customers: Number of customers.
        contacted: Number of customers with an expected profit above 0.
        best_share: Share of customers with an expected profit above 0.
        expected_profit: Expected profit of contacting these customers; never below 0.
        everyone_profit: Expected profit of contacting every customer.
        table: One row per customer, on the customers' index: `churn_probability, expected_profit,
            expected_cost, contact`.
        curve: Expected `profit` of contacting a `share` of the customers, most profitable first;
            the share runs from 0 to 1.

    Examples:
        >>> probability = pd.Series([0.9, 0.1], index=["ann", "bob"])
        >>> plan = retention_profit(
        ...     probability, clv=200, offer_cost=10, contact_cost=1, acceptance_rate=0.3
        ... )
        >>> print(plan.sentence())
        Contact 1 of 2 customers (50.0%): expected profit 49.30, against 45.00 when ...
    """

    _pictures = ("churn.retention_profit",)

    customers: int
    contacted: int
    best_share: float
    expected_profit: float
    everyone_profit: float
    table: pd.DataFrame
    curve: pd.DataFrame

    def profit_table(self, offer: object = "retention") -> pd.DataFrame:
        """Return the profit table of this offer, which `allocate_offers` takes.

        Concatenate the tables of several offers with `pandas.concat` to choose among them. Tables
        of `offer_profit` can be added, too.

        Args:
            offer: Name of the offer.

        Returns:
            One row per customer, in their order: `customer_id, offer, profit, cost,
            churn_probability`. The cost is the expected cost of the contact and of the offer, if
            used.

        Raises:
            ValueError: `offer` is missing or empty.

        Examples:
            >>> probability = pd.Series([0.9, 0.1], index=["ann", "bob"])
            >>> plan = retention_profit(
            ...     probability, clv=200, offer_cost=10, contact_cost=1, acceptance_rate=0.3
            ... )
            >>> plan.profit_table("20 off")[["customer_id", "offer", "profit", "cost"]].round(2)
              customer_id   offer  profit  cost
            0         ann  20 off    49.3   4.7
            1         bob  20 off    -4.3  10.3
        """
        if offer is None or is_missing_text(offer):
            raise ValueError(f"offer must have a name, not {offer!r}")
        table = self.table
        columns = {
            "customer_id": table.index,
            "offer": offer,
            "profit": table["expected_profit"].to_numpy(),
            "cost": table["expected_cost"].to_numpy(),
            "churn_probability": table["churn_probability"].to_numpy(),
        }
        return pd.DataFrame(columns)


def retention_profit(
    churn_probability: pd.Series,
    clv: Money,
    offer_cost: Money,
    contact_cost: Money,
    acceptance_rate: Money,
    *,
    stayer_acceptance_rate: Money = 1.0,
) -> RetentionProfit:
    """Compute the expected profit of a retention offer per customer, and choose whom to contact.

    A customer about to leave accepts the offer with `acceptance_rate` and then stays, which is
    worth `clv` minus the offer. A customer who would stay anyway uses the offer with
    `stayer_acceptance_rate`, which only costs money. With churn probability p the profit of a
    contact is

        p * acceptance * (clv - offer) - (1 - p) * stayer_acceptance * offer - contact.

    Args:
        churn_probability: Series with the predicted probability of churn of each customer.
        clv: Value of a customer who stays: a number, or a Series with the same ids.
        offer_cost: Cost of an offer that is used, in the currency of `clv`.
        contact_cost: Cost of a contact.
        acceptance_rate: Fraction of leavers whom the offer keeps.
        stayer_acceptance_rate: Fraction of stayers who use the offer.

    Returns:
        A `RetentionProfit`, whose table has one row per customer.

    Raises:
        DataError: A probability or rate lies outside [0, 1], a cost is negative, a value is
            missing, or the ids differ.
        NotEnoughDataError: There are no customers.
        TypeError: The probabilities are not a Series, or another argument is neither a Series nor a
            number.

    References:
        Neslin et al. (2006), Defection detection, Journal of Marketing Research 43.

    Examples:
        >>> probability = pd.Series([0.9, 0.1], index=["ann", "bob"])
        >>> plan = retention_profit(
        ...     probability, clv=200, offer_cost=10, contact_cost=1, acceptance_rate=0.3
        ... )
        >>> plan.table["expected_profit"].round(2).to_dict()
        {'ann': 49.3, 'bob': -4.3}
    """
    if not isinstance(churn_probability, pd.Series):
        raise TypeError(
            "churn_probability must be a Series on the customers' index, as add_to gives it, not "
            f"{kind_of(churn_probability)}"
        )
    if churn_probability.empty:
        raise NotEnoughDataError("customers", have=0, need=1)
    p = _fractions(churn_probability, churn_probability, "churn_probability")
    keep = _fractions(churn_probability, acceptance_rate, "acceptance_rate")
    take = _fractions(churn_probability, stayer_acceptance_rate, "stayer_acceptance_rate")
    worth = _column(churn_probability, clv, "clv")
    offer = _costs(churn_probability, offer_cost, "offer_cost")
    contact = _costs(churn_probability, contact_cost, "contact_cost")
    profit = p * keep * (worth - offer) - (1 - p) * take * offer - contact
    table = pd.DataFrame(
        {
            "churn_probability": p,
            "expected_profit": profit,
            "expected_cost": (p * keep + (1 - p) * take) * offer + contact,
            "contact": profit > 0,
        },
        index=churn_probability.index,
    )
    chosen = int(table["contact"].sum())
    return RetentionProfit(
        customers=len(table),
        contacted=chosen,
        best_share=chosen / len(table),
        expected_profit=float(profit[profit > 0].sum()),
        everyone_profit=float(profit.sum()),
        table=table,
        curve=pd.DataFrame(
            {
                "share": np.arange(len(p) + 1) / len(p),
                "profit": np.r_[0.0, np.cumsum(np.sort(profit)[::-1])],
            }
        ),
    )


def _column(like: pd.Series, value: Money, name: str) -> Floats:
    if isinstance(value, pd.Series):
        return finite_values(matched(value, like.index, name, "churn_probability"), name)
    if not isinstance(value, Real):
        raise TypeError(
            f"{name} must be a number or a Series with the ids of churn_probability, not "
            f"{kind_of(value)}"
        )
    return np.full(len(like), check_number(value, name))


def _costs(like: pd.Series, value: Money, name: str) -> Floats:
    costs = _column(like, value, name)
    if (costs < 0).any():
        raise DataError(f"{name} must not be negative, but has {costs[costs < 0][0]:g}; correct it")
    return costs


def _fractions(like: pd.Series, value: Money, name: str) -> Floats:
    rates = _column(like, value, name)
    outside = (rates < 0) | (rates > 1)
    if outside.any():
        raise DataError(
            f"{name} has {count_text(int(outside.sum()), 'values')} outside [0, 1], such as "
            f"{rates[outside][0]:g}"
        )
    return rates


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ExpectedMaximumProfit(Result):
    """Profit per customer of the best campaign with a churn score, from `expected_maximum_profit`.

    Attributes:
        customers: Number of customers.
        expected_profit: EMPC: profit per customer of the best campaign, averaged over the
            distribution of the acceptance rate.
        best_share: Share of customers that this campaign contacts, averaged in the same way.
        maximum_profit: Profit per customer of the best campaign at the mean acceptance rate.
        maximum_share: Share of customers that it contacts.

    Examples:
        >>> churned = pd.Series([0, 1, 0, 1, 0, 1, 0, 1])
        >>> score = pd.Series([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
        >>> print(expected_maximum_profit(churned, score, clv=200, offer_cost=10, contact_cost=1))
        Contacting 87.4% of the customers by this score is expected to bring 23.88 per customer.
        ExpectedMaximumProfit
          customers        8
          expected_profit  23.88
          best_share       0.874
          maximum_profit   23.88
          maximum_share    0.875
    """

    customers: int
    expected_profit: float
    best_share: float
    maximum_profit: float
    maximum_share: float


def expected_maximum_profit(
    churned: pd.Series,
    score: pd.Series,
    *,
    positive: Any = None,
    clv: float,
    offer_cost: float,
    contact_cost: float,
    alpha: float = ALPHA,
    beta: float = BETA,
) -> ExpectedMaximumProfit:
    """Compute the expected maximum profit measure for churn (EMPC) of a score on known outcomes.

    The acceptance rate of leavers is Beta(alpha, beta) distributed. For each acceptance rate the
    campaign stops at the most profitable point of the ROC curve's convex hull. Every stayer uses
    the offer. Profits are per customer of the base, not per customer contacted.

    Args:
        churned: Outcome of each customer, 1 for churn (or `positive`).
        score: Churn score, higher for more likely to churn. Only its order counts.
        positive: Label of `churned` that means churn. Not needed if it holds 0 and 1, or False and
            True.
        clv: Value of a customer who stays.
        offer_cost: Cost of an offer that is used, in the currency of `clv`.
        contact_cost: Cost of a contact.
        alpha: First parameter of the beta distribution of the acceptance rate.
        beta: Second parameter of the beta distribution of the acceptance rate.

    Returns:
        An `ExpectedMaximumProfit`.

    Raises:
        DataError: The ids differ, a value is missing, or outcomes are not 0 and 1 and `positive` is
            not given.
        ValueError: `clv` does not exceed `offer_cost`.

    References:
        Verbraken, Verbeke, Baesens (2013), A novel profit maximizing metric for measuring
        classification performance of customer churn prediction models, IEEE TKDE 25.

    Examples:
        >>> churned = pd.Series([0, 1, 0, 1, 0, 1, 0, 1])
        >>> score = pd.Series([0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8])
        >>> worth = expected_maximum_profit(churned, score, clv=200, offer_cost=10, contact_cost=1)
        >>> round(worth.expected_profit, 6), round(worth.best_share, 6)
        (23.875593, 0.87437)
    """
    check_positive(clv, "clv")
    offer = check_number(offer_cost, "offer_cost", minimum=0)
    contact = check_number(contact_cost, "contact_cost", minimum=0)
    check_positive(alpha, "alpha")
    check_positive(beta, "beta")
    if clv <= offer:
        raise ValueError(f"clv must exceed offer_cost, not clv={clv!r} and offer_cost={offer!r}")
    outcome = outcome_values(churned, positive)
    columns = side_by_side({"churned": churned, "score": score})
    hits, fired = _hull(outcome, finite_values(columns["score"], "score"))
    kept, paid = hits * (clv - offer), (fired - hits) * offer + fired * contact
    # The acceptance from which the campaign goes on to the next point of the hull.
    turns = np.divide(
        np.diff(paid), np.diff(kept), out=np.full(len(kept) - 1, np.inf), where=np.diff(kept) > 0
    )
    edges = np.clip(np.r_[0.0, turns, 1.0], 0, 1)
    mass = np.diff(betainc(alpha, beta, edges))
    mean = alpha / (alpha + beta)
    mean_mass = mean * np.diff(betainc(alpha + 1, beta, edges))
    at_mean = kept * mean - paid
    best = int(np.argmax(at_mean))
    return ExpectedMaximumProfit(
        customers=len(outcome),
        expected_profit=float(mean_mass @ kept - mass @ paid),
        best_share=float(mass @ fired),
        maximum_profit=float(at_mean[best]),
        maximum_share=float(fired[best]),
    )


def _hull(outcome: Floats, score: Floats) -> tuple[Floats, Floats]:
    """Corners of the ROC curve's upper hull: churners and customers reached, as shares of all."""
    churned, everyone = Ranking.of(outcome, score).steps(np.ones(len(outcome)))
    corners: list[tuple[float, float]] = []  # stayers and churners of each merged step
    for hit, miss in zip(churned, everyone - churned, strict=True):
        step = (hit, miss)
        while corners and corners[-1][0] * step[1] <= step[0] * corners[-1][1]:
            last = corners.pop()
            step = (last[0] + step[0], last[1] + step[1])
        corners.append(step)
    hits, misses = np.array(corners).T.cumsum(axis=1) / len(outcome)
    return np.r_[0.0, hits], np.r_[0.0, hits + misses]


def campaign_profit(
    churned: Any,
    churn_probability: Any,
    clv: Any,
    *,
    positive: Any = None,
    offer_cost: float,
    contact_cost: float,
    acceptance_rate: float,
) -> float:
    """Compute the profit per customer of the contacts of `retention_profit`, on known outcomes.

    Args:
        churned: Outcome of each customer, 1 for churn (or `positive`).
        churn_probability: Predicted probability of churn, by which customers are chosen.
        clv: Value of each customer who stays, or one number for all. Series are matched by id,
            arrays and lists by position.
        positive: Label of `churned` that means churn. Not needed if it holds 0 and 1, or False and
            True.
        offer_cost: Cost of an offer that is used, in the currency of `clv`.
        contact_cost: Cost of a contact.
        acceptance_rate: Fraction of leavers whom the offer keeps.

    Returns:
        Profit per customer of the base, in the currency of `clv`.

    Raises:
        DataError: Ids or lengths differ, outcomes are missing, or outcomes are not 0 and 1 and
            `positive` is not given. The errors of `retention_profit` are raised, too.

    Examples:
        >>> campaign_profit(
        ...     [1, 0], [0.9, 0.1], [200, 200], offer_cost=10, contact_cost=1, acceptance_rate=0.3
        ... )
        28.0
    """
    given = {"churned": churned, "churn_probability": churn_probability}
    if not isinstance(clv, Real):
        given["clv"] = clv
    columns = side_by_side(given)
    outcome = binary_labels(columns["churned"], "churned", check_label(positive, "positive"))
    probability, worth = columns["churn_probability"], columns.get("clv", clv)
    terms: dict[str, Any] = {
        "offer_cost": offer_cost,
        "contact_cost": contact_cost,
        "acceptance_rate": acceptance_rate,
    }
    chosen = retention_profit(probability, worth, **terms).table["contact"]
    known = pd.Series(outcome, probability.index)
    earned = retention_profit(known, worth, **terms).table["expected_profit"]
    return float(earned.where(chosen, 0.0).mean())


def retention_profit_scorer(
    *, offer_cost: float, contact_cost: float, acceptance_rate: float, positive: Any = None
) -> Any:
    """Return a scikit-learn scorer that computes `campaign_profit` with each customer's own `clv`.

    The scorer requests the metadata `clv`, so metadata routing must be on
    (`sklearn.set_config(enable_metadata_routing=True)`). Pass `clv` as in `cross_validate(...,
    params={"clv": clv})`.

    Args:
        offer_cost: Cost of an offer that is used, in the currency of `clv`.
        contact_cost: Cost of a contact.
        acceptance_rate: Fraction of leavers whom the offer keeps.
        positive: Label that means churn. Without it the outcome must be 0 and 1, or False and True.

    Returns:
        A scorer for `scoring=` of scikit-learn; higher is better.

    Raises:
        RuntimeError: Metadata routing is off.

    Examples:
        >>> from sklearn import config_context
        >>> with config_context(enable_metadata_routing=True):
        ...     scorer = retention_profit_scorer(offer_cost=10, contact_cost=1, acceptance_rate=0.3)
        >>> type(scorer).__name__
        '_Scorer'
    """
    scorer = make_scorer(
        _scored_profit,
        response_method="predict_proba",
        pos_label=positive,
        offer_cost=offer_cost,
        contact_cost=contact_cost,
        acceptance_rate=acceptance_rate,
    )
    return scorer.set_score_request(clv=True)


def _scored_profit(
    churned: Any, churn_probability: Any, clv: Any, *, pos_label: Any, **terms: float
) -> float:
    """`campaign_profit` under scikit-learn's name of the positive label."""
    return campaign_profit(churned, churn_probability, clv, positive=pos_label, **terms)
