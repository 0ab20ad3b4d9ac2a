"""The offers of a campaign to be planned: who may have each, what it costs and when it pays."""

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    by_customer,
    check_columns,
    check_frame,
    check_same_ids,
    customer_ids,
    finite_values,
    normal_ids,
)
from cemkit.checks.options import shown
from cemkit.data.conditions import read_state
from cemkit.data.cost_of_offers import CostTerms
from cemkit.data.eligibility import truth_of_offers
from cemkit.data.offer_levels import LevelledOffers
from cemkit.errors import DataError, NotEnoughDataError
from cemkit.experiments.redemptions import CUTS
from cemkit.formats import count_text

Mask = npt.NDArray[np.bool_]


@dataclasses.dataclass(frozen=True, slots=True)
class PlannedOffer:
    """One offer with the customers who may have it: means over them, and what it takes to pay."""

    n: int
    cost: float  # of a contact, if the offer changes nothing
    rate: float
    rate_to_pay: float
    amount_to_pay: float
    mean: float
    deviation: float

    def goal(self, goal: str) -> tuple[float, float | None, float]:
        """Baseline, standard deviation and the rise from which it pays."""
        if goal == "converted":
            impossible = self.rate + self.rate_to_pay > 1
            return self.rate, None, math.inf if impossible else self.rate_to_pay
        return self.mean, self.deviation, self.amount_to_pay


def read_planned(
    customers: pd.DataFrame,
    offers: pd.DataFrame,
    eligible: pd.DataFrame | None,
    margin: float | None,
    goal: str,
    *,
    levels: pd.DataFrame | None = None,
) -> dict[Any, PlannedOffer]:
    """Each offer that some customer may have."""
    table = by_customer(check_frame(customers, "customers"), "customers")
    needed = ["churn_probability", "expected_mean_amount", *["pre_amount"] * (goal == "amount")]
    check_columns(table.columns, needed, "ChurnModel and GammaGammaModel add the first two")
    levelled = LevelledOffers.read(offers, levels, ["contact_cost"])
    read = levelled.offers
    known = {name: finite_values(table[name], name) for name in needed}
    for name, most in (("churn_probability", 1.0), ("expected_mean_amount", math.inf)):
        wrong = (known[name] < 0) | (known[name] > most)
        if wrong.any():
            raise DataError(
                f"{name} of {count_text(np.count_nonzero(wrong), 'customers')} is wrong, such as "
                f"{known[name][wrong][0]:g}; it lies from 0 to {most:g}"
            )
    allowed = _allowed(table, read, eligible)
    terms = CostTerms.of(levelled.terms)
    by_level = table.assign(amount=table["expected_mean_amount"])
    planned = {
        offer: _summary(
            read.iloc[[place]],
            terms.take(levelled.rows(place, by_level[allowed[offer]])),
            known,
            allowed[offer],
            margin,
        )
        for place, offer in enumerate(read["offer"].tolist())
        if allowed[offer].any()
    }
    if not planned:
        raise NotEnoughDataError(
            "customers who may have an offer", 0, 1, "see the column eligible of the offers"
        )
    return planned


def _allowed(
    customers: pd.DataFrame, offers: pd.DataFrame, eligible: pd.DataFrame | None
) -> dict[Any, Mask]:
    """Which customers may have each offer."""
    names = offers["offer"].tolist()
    if eligible is None:
        _check_no_purchases(offers)
        truths = truth_of_offers(customers, offers, None)
        everybody = np.ones(len(customers), dtype=np.bool_)
        return {name: truths[name].holds if name in truths else everybody for name in names}
    check_frame(eligible, "eligible")
    check_columns(eligible.columns, ["customer_id", "offer"], "eligible_pairs gives such a table")
    ids = customer_ids(eligible, "eligible")
    check_same_ids(ids, customers.index, "eligible", "customers")
    what = pd.Index(names).get_indexer(normal_ids(eligible["offer"], "offer"))
    who = customers.index.get_indexer(ids)
    if (np.minimum(who, what) < 0).any():
        raise DataError(
            f"{count_text(np.count_nonzero(np.minimum(who, what) < 0), 'eligible pairs have')} a "
            "customer or an offer that is not in the tables; give the same customers and offers"
        )
    masks = np.zeros((len(names), len(customers)), dtype=np.bool_)
    masks[what, who] = True
    return dict(zip(names, masks, strict=True))


def _check_no_purchases(offers: pd.DataFrame) -> None:
    """Raise where a condition takes orders, which are not there."""
    for offer, text in zip(offers["offer"].tolist(), offers["eligible"].tolist(), strict=True):
        if text is not None and read_state(text, "eligible", f" of offer {offer!r}").bought:
            raise ValueError(
                f"eligible={shown(text)} of offer {shown(offer)} counts purchases, and a plan has "
                "no orders; give eligible=, the table that eligible_pairs(..., orders=orders) found"
            )


def _summary(
    offer: pd.DataFrame,
    terms: CostTerms,
    known: dict[str, Floats],
    mask: Mask,
    margin: float | None,
) -> PlannedOffer:
    """The sums of one offer over those who may have it; without a margin, when it pays is nan."""
    stays = 1 - known["churn_probability"][mask]
    amount = known["expected_mean_amount"][mask]
    contact = float(np.nan_to_num(offer["contact_cost"].iloc[0]))
    taken = terms.costs(amount)
    cuts = taken if offer["kind"].iloc[0] in CUTS else np.zeros(len(taken))
    cost = contact + taken * stays
    rise = 0.0 if not cost.any() else _rise_to_pay(cost, amount, taken, margin)
    paid = rise
    if math.isfinite(rise):
        paid = float((rise * amount - cuts * (stays + rise)).mean())
    spent = known.get("pre_amount", amount)[mask if "pre_amount" in known else slice(None)]
    return PlannedOffer(
        n=len(amount),
        cost=float(cost.mean()),
        rate=float(stays.mean()),
        rate_to_pay=rise,
        amount_to_pay=paid,
        mean=float(spent.mean()),
        deviation=float(spent.std(ddof=1)) if len(spent) > 1 else 0.0,
    )


def _rise_to_pay(cost: Floats, amount: Floats, taken: Floats, margin: float | None) -> float:
    if margin is None:
        return math.nan
    earned = float((margin * amount - taken).sum())
    return float(cost.sum()) / earned if earned > 0 else math.inf
