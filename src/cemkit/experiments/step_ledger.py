"""campaign_ledger: the steps of a campaign in one table, each of which takes what the last gave."""

from collections.abc import Sequence
from typing import Any

import pandas as pd

from cemkit.errors import DataError
from cemkit.experiments.holding_out import CampaignAudience
from cemkit.promotion import (
    Audience,
    EligiblePairs,
    ExportedActions,
    FiredTriggers,
    PlannedActions,
)
from cemkit.targeting import OfferAllocation


def campaign_ledger(steps: Sequence[Any]) -> pd.DataFrame:
    """Count the customers and actions of a campaign at each step.

    Each step must take the whole output of the step before. If it took more or fewer, something was
    lost or added in between, and an error is raised.

    Args:
        steps: Results of the steps, in order: of `eligible_pairs` and `allocate_offers`, or
            `fire_triggers`, or `actions_for`; then `build_audience`, `hold_out`, the tables of
            coupons and messages, `export_actions`. Steps can be left out at the start or the end.

    Returns:
        One row per step and outcome: `step, outcome, unit, count`. The counts of a step add up to
        its input, which is the count in the last row of the step before.

    Raises:
        DataError: A step did not take the whole output of the step before.
        TypeError: A step is not a result or table of a campaign.

    Examples:
        >>> from cemkit.experiments import hold_out
        >>> actions = pd.DataFrame({"customer_id": range(10), "offer": "10% off"})
        >>> audience = hold_out(actions, "2024-03-31", salt="spring", share=0.2)
        >>> campaign_ledger([audience, audience.table])
               step      outcome     unit  count
        0  hold-out     held out  actions      2
        1  hold-out  over budget  actions      0
        2  hold-out    contacted  actions      8
        3     table         rows  actions      8
    """
    lines: list[tuple[str, str, str, int]] = []
    handed: tuple[str, int] | None = None
    for step in steps:
        name, unit, outcomes = _outcomes(step)
        came = sum(outcomes.values())
        if handed is not None and came != handed[1]:
            raise DataError(
                f"step {name} took {came:,} {unit}, but {handed[0]} passed on {handed[1]:,}; "
                "give each step the whole output of the step before"
            )
        lines += [(name, outcome, unit, count) for outcome, count in outcomes.items()]
        handed = (name, _handed_on(step, outcomes))
    return pd.DataFrame(lines, columns=["step", "outcome", "unit", "count"])


def _outcomes(step: Any) -> tuple[str, str, dict[str, int]]:
    """A step's name, what it counts, and how many had each outcome; what goes on comes last."""
    match step:
        case EligiblePairs():
            return "eligible", "customers", _counts(step.ledger["customers"])
        case OfferAllocation():
            without = step.eligible_customers - step.customers
            return "allocation", "customers", {"no offer": without, "allocated": step.customers}
        case FiredTriggers() | PlannedActions() | Audience():
            return _of_actions(step)
        case CampaignAudience():
            outcomes = {
                "held out": step.held_out_actions,
                "over budget": step.over_budget,
                "contacted": step.contacted,
            }
            return "hold-out", "actions", outcomes
        case pd.DataFrame():
            return _table_name(step), "actions", {"rows": len(step)}
        case ExportedActions():
            outcomes = {"no consent": step.no_consent, "exported": step.exported}
            return "export", "actions", outcomes
    raise TypeError(f"a step of a campaign is a result or a table, not {type(step).__name__}")


def _of_actions(step: FiredTriggers | PlannedActions | Audience) -> tuple[str, str, dict[str, int]]:
    """The outcomes of actions that are proposed, or looked at one by one."""
    match step:
        case FiredTriggers():
            held_back = _counts(step.ledger.drop(columns=["crossed", "fired"]).sum())
            return "triggers", "actions", {**held_back, "fired": step.fired}
        case PlannedActions():
            columns = ["no_offer", "not_eligible", "unknown", "actions"]
            return "plan", "actions", _counts(step.ledger[columns].sum())
        case Audience():
            return "audience", "actions", _counts(step.ledger["actions"])


def _counts(counts: pd.Series) -> dict[str, int]:
    return {str(name).replace("_", " "): int(count) for name, count in counts.items()}


def _table_name(table: pd.DataFrame) -> str:
    """What a table of actions is, by its columns."""
    if "body" in table.columns:
        return "messages"
    return "coupons" if "code" in table.columns else "table"


def _handed_on(step: Any, outcomes: dict[str, int]) -> int:
    """How many go on; of an allocation the rows, as a customer may have several offers."""
    if isinstance(step, OfferAllocation):
        return len(step.table)
    return list(outcomes.values())[-1]
