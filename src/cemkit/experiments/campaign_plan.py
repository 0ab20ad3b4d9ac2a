"""plan_campaign: whom a budget reaches, how many to hold out, and whether that proves anything."""

import dataclasses
import math
from typing import Any

import numpy as np
import pandas as pd

from cemkit.checks import (
    check_choice,
    check_fraction,
    check_number,
    check_positive,
)
from cemkit.errors import NotEnoughDataError
from cemkit.experiments.planned_offers import PlannedOffer, read_planned
from cemkit.proportions.planning import minimum_detectable_effect
from cemkit.results import Result

GOALS = ("converted", "amount")
LEAST, MOST = 5, 50  # percent of the audience that may be held out
FREE = 20  # percent, where any rise pays, or it is not known which does
HIGHEST = 0.9  # correlation with a covariate from before that one may hope for


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class CampaignPlan(Result):
    """Audience, hold-out and detectable effect of a campaign, from `plan_campaign`.

    The attributes are those of the plan of `offer`. Differences are in the unit of the goal: a rate
    as a fraction, or money per customer.

    Attributes:
        goal: Metric of the campaign: `"converted"` or `"amount"`.
        offer: Offer whose campaign is easiest to prove, among those that can pay.
        budget: Budget; each offer is planned with the whole of it.
        eligible_customers: Number of customers who may have the offer.
        audience: Number of customers in the campaign: `contacted` plus `held_out`.
        contacted: Number of customers contacted.
        held_out: Number of customers held out.
        holdout: Share of the audience that is held out.
        expected_cost: Cost of the contacts if the offer has no effect.
        baseline: Rate or mean amount without the offer.
        standard_deviation: Standard deviation of the amounts; None for a rate.
        detectable_difference: Smallest rise that is detected with the power; missing where the
            audience is too small for any.
        break_even_difference: Rise from which the offer pays; infinite where no possible rise is
            enough, missing where the margin is not known.
        detectable_lift: Smallest detectable rise over the baseline.
        break_even_lift: Rise from which the offer pays, over the baseline.
        provable: Whether a campaign that just pays would be detected; None where it is not known
            from which rise it pays.
        power: Probability of detecting the smallest detectable rise.
        confidence_level: Confidence level of the read-out.
        remedies: Changes that would make the campaign provable, if it is not: one row each for
            `rate` (read the rate and not the amount), `cuped` (a covariate with `needed`
            correlation), `campaigns` (`needed` of this size, read together) and `customers` (an
            audience of `needed`, and the budget for it), with `detectable_difference,
            break_even_difference` and `proves`.
        table: One row per offer with the same quantities.

    Examples:
        >>> CampaignPlan.__dataclass_fields__.keys() >= {"holdout", "provable", "remedies"}
        True
    """

    goal: str
    offer: str
    budget: float
    eligible_customers: int
    audience: int
    contacted: int
    held_out: int
    holdout: float
    expected_cost: float
    baseline: float
    standard_deviation: float | None
    detectable_difference: float
    break_even_difference: float
    detectable_lift: float
    break_even_lift: float
    provable: bool | None
    power: float
    confidence_level: float
    remedies: pd.DataFrame
    table: pd.DataFrame

    @property
    def ways(self) -> list[tuple[str, float]]:
        """What would prove the campaign, each with what it takes."""
        proving = self.remedies[self.remedies["proves"]]
        return list(zip(proving.index.tolist(), proving["needed"].tolist(), strict=True))


@dataclasses.dataclass(frozen=True, slots=True)
class _Design:
    """How an experiment is read."""

    budget: float
    power: float
    confidence_level: float
    holdout: float | None
    pre_correlation: float

    def groups(self, offer: PlannedOffer, percent: float) -> tuple[int, int]:
        """How many are contacted and held out."""
        share = percent / 100
        affordable = offer.n if offer.cost == 0 else self.budget / offer.cost
        audience = min(float(offer.n), affordable / (1 - share))
        held = math.floor(audience * share + 1e-9)
        return min(math.floor(audience + 1e-9) - held, math.floor(affordable + 1e-9)), held

    def detectable(
        self, offer: PlannedOffer, goal: str, percent: float, times: float = 1.0
    ) -> float:
        """The smallest rise detected in groups so many times as large; missing in small ones."""
        contacted, held = (times * size for size in self.groups(offer, percent))
        baseline, deviation, _ = offer.goal(goal)
        if (
            min(contacted, held) < 2
            or deviation == 0
            or (deviation is None and not 0 < baseline < 1)
        ):
            return math.nan
        narrower = math.sqrt(1 - self.pre_correlation**2)
        try:
            found = minimum_detectable_effect(
                baseline,
                held,
                self.power,
                allocation=contacted / held,
                standard_deviation=deviation,
                confidence_level=self.confidence_level,
            )
        except NotEnoughDataError:
            return math.nan
        return found * narrower

    def percent(self, offer: PlannedOffer, goal: str) -> float:
        """The smallest hold-out with which a campaign that just pays is detected; else half."""
        if self.holdout is not None:
            return 100 * self.holdout
        needed = offer.goal(goal)[2]
        if needed == 0 or math.isnan(needed):
            return FREE
        low, high = LEAST, MOST
        while low < high:
            middle = (low + high) // 2
            if self.detectable(offer, goal, middle) <= needed:
                high = middle
            else:
                low = middle + 1
        return low


def plan_campaign(
    customers: pd.DataFrame,
    offers: pd.DataFrame,
    *,
    goal: str,
    budget: float,
    margin: float | None = None,
    power: float = 0.8,
    confidence_level: float = 0.95,
    holdout: float | None = None,
    pre_correlation: float = 0.0,
    eligible: pd.DataFrame | None = None,
    levels: pd.DataFrame | None = None,
) -> CampaignPlan:
    """Plan the audience, the hold-out share and the detectable effect of a campaign.

    The plan compares the smallest effect that the read-out would detect with the break-even effect
    of the offer. If the first is not above the second, a campaign that just pays would be detected,
    and the plan uses the smallest hold-out share, from 5 to 50 %, for which this is true. Otherwise
    it lists remedies. Each offer is planned as if it had the whole budget.

    With p the probability of a purchase without the offer, a its amount, k(a) the cost of the offer
    there, c the cost of the contact and m the margin, sums over the customers who may have it,

        rise of the rate that pays    u = sum(c + k p) / sum(m a - k)
        rise of the amount that pays  mean(u a - r (p + u)),

    where r is the part of k that lowers the price: amounts are as customers pay them. Where the
    rate would have to rise above 1, no rise pays.

    Args:
        customers: `churn_probability`, of a window as long as the campaign's, and
            `expected_mean_amount`; for the goal `"amount"` also `pre_amount`, what each spent in an
            earlier window of that length, zeros included.
        offers: Offers table, with `contact_cost`.
        goal: `"converted"` to prove a rise of the share that buys, `"amount"` of the mean amount.
        budget: Largest cost of the contacts, in the currency of the amounts.
        margin: Profit as a fraction of the amount at full price. None if unknown: the plan then has
            no break-even, and a fifth is held out unless `holdout` is given.
        power: Probability of detecting the smallest detectable rise.
        confidence_level: Confidence level of the read-out.
        holdout: Share to hold out. None chooses it.
        pre_correlation: Correlation of the goal with a covariate from before the campaign that the
            read-out will use (CUPED); 0 for none.
        eligible: `customer_id, offer`, such as `eligible_pairs` gives. None: all customers whom the
            conditions of the offers allow.
        levels: Levels of offers, as in `offer_profit`; `by` names a column of the customers, and
            `amount` is their expected amount. None where no offer has levels.

    Raises:
        MissingColumnsError: A column is missing.
        DataError: A probability lies outside [0, 1], an amount is negative, or the offers are not
            sound.
        NotEnoughDataError: No offer has a customer.
        ValueError: A parameter lies outside its range.

    References:
        Deng, Xu, Kohavi, Walker (2013), Improving the sensitivity of online controlled experiments
        by utilizing pre-experiment data, WSDM.

    Examples:
        >>> customers = pd.DataFrame(
        ...     {"churn_probability": [0.9] * 20_000, "expected_mean_amount": 50.0},
        ...     index=pd.RangeIndex(20_000, name="customer_id"),
        ... )
        >>> offers = pd.DataFrame({"offer": ["10% off"], "discount": [0.1], "contact_cost": [0.2]})
        >>> plan = plan_campaign(customers, offers, goal="converted", budget=8000, margin=0.4)
        >>> plan.provable, plan.contacted, round(plan.break_even_difference, 4)
        (True, 11428, 0.0467)
    """
    design = _Design(
        check_positive(budget, "budget"),
        check_fraction(power, "power"),
        check_fraction(confidence_level, "confidence_level"),
        None if holdout is None else check_fraction(holdout, "holdout"),
        _correlation(pre_correlation),
    )
    check_choice(goal, "goal", GOALS)
    if margin is not None and check_number(margin, "margin", minimum=0) > 1:
        raise ValueError(f"margin must be a fraction of the amount, at most 1, not {margin!r}")
    planned = read_planned(customers, offers, eligible, margin, goal, levels=levels)
    rows = {name: _row(design, offer, goal) for name, offer in planned.items()}
    table = pd.DataFrame.from_dict(rows, orient="index").rename_axis("offer")
    best = _easiest(table)
    return CampaignPlan(
        goal=goal,
        offer=str(best),
        budget=float(budget),
        power=power,
        confidence_level=confidence_level,
        remedies=_remedies(design, planned[best], goal, rows[best]),
        table=table,
        **rows[best],
    )


def _correlation(value: float) -> float:
    if not 0 <= check_number(value, "pre_correlation") < 1:
        raise ValueError(f"pre_correlation must be at least 0 and below 1, not {value!r}")
    return float(value)


def _row(design: _Design, offer: PlannedOffer, goal: str) -> dict[str, Any]:
    """The plan of one offer."""
    percent = design.percent(offer, goal)
    contacted, held = design.groups(offer, percent)
    baseline, deviation, needed = offer.goal(goal)
    found = design.detectable(offer, goal, percent)
    return {
        "eligible_customers": offer.n,
        "audience": contacted + held,
        "contacted": contacted,
        "held_out": held,
        "holdout": percent / 100,
        "expected_cost": contacted * offer.cost,
        "baseline": baseline,
        "standard_deviation": deviation,
        "detectable_difference": found,
        "break_even_difference": needed,
        "detectable_lift": found / baseline if baseline > 0 else math.nan,
        "break_even_lift": needed / baseline if baseline > 0 else math.nan,
        "provable": _provable(found, needed),
    }


def _provable(found: float, needed: float) -> bool | None:
    """Whether a rise that just pays is detected; None where it is not known which pays."""
    if math.isnan(needed):
        return None
    # An offer that costs nothing pays from any rise on.
    return math.isfinite(needed) and bool(found <= needed or (needed == 0 and math.isfinite(found)))


def _easiest(table: pd.DataFrame) -> Any:
    """The offer that is easiest to prove; of equals the first by name.

    Where it is not known when offers pay, the one whose smallest detectable lift is least.
    """
    needed = table["break_even_difference"].to_numpy(np.float64)
    found = table["detectable_difference"].to_numpy(np.float64)
    if np.isnan(needed).any():
        needed, found = np.ones(len(table)), table["detectable_lift"].to_numpy(np.float64)
    usable = np.isfinite(needed) & np.isfinite(found)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio = np.where(usable & (needed > 0), found / needed, np.where(usable, 1e300, np.inf))
    least = table.index[ratio == ratio.min()].tolist()
    return min(least, key=str)


def _remedies(design: _Design, offer: PlannedOffer, goal: str, row: dict[str, Any]) -> pd.DataFrame:
    """What would prove the campaign, where it does not."""
    columns = ["needed", "budget", "detectable_difference", "break_even_difference", "proves"]
    index = pd.Index([], name="remedy", dtype="str")
    found, needed = row["detectable_difference"], row["break_even_difference"]
    if row["provable"] or not (math.isfinite(found) and 0 < needed < math.inf):
        return pd.DataFrame(columns=columns, index=index)
    percent, lines = 100 * row["holdout"], {}
    if goal == "amount":
        rate = design.detectable(offer, "converted", percent)
        rate_to_pay = offer.goal("converted")[2]
        proves = bool(rate <= rate_to_pay < math.inf)
        lines["rate"] = (math.nan, row["expected_cost"], rate, rate_to_pay, proves)
    correlation = math.sqrt(1 - (1 - design.pre_correlation**2) * (needed / found) ** 2)
    lines["cuped"] = (correlation, row["expected_cost"], needed, needed, correlation <= HIGHEST)
    times = (found / needed) ** 2
    while design.detectable(offer, goal, percent, times) > needed:
        times *= 1.01
    whole = math.ceil(times)
    pooled = design.detectable(offer, goal, percent, whole)
    lines["campaigns"] = (whole, whole * row["expected_cost"], pooled, needed, True)
    size = math.ceil(times * row["audience"])
    larger = design.detectable(offer, goal, percent, size / row["audience"])
    cost = size * (1 - row["holdout"]) * offer.cost
    lines["customers"] = (size, cost, larger, needed, True)
    return pd.DataFrame.from_dict(lines, orient="index", columns=columns).rename_axis("remedy")
