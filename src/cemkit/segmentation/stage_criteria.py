"""standard_stages: stages of the life cycle by what a table of customers knows."""

from collections.abc import Sequence

import pandas as pd

from cemkit.checks import check_days, check_frame, check_list
from cemkit.checks.options import shown
from cemkit.segmentation.rule_columns import ANY

COLUMNS = ("order_count", "recency_days")
# Further criteria, in the order in which they are asked: the column, what it asks, the stage.
FURTHER = (
    ("alive_probability", "known and < 0.2", "churned"),
    ("overdue", "known and true", "declining"),
    ("order_trend", "known and < -1.96", "declining"),
    ("alive_probability", "known and < 0.5", "declining"),
    ("last_nps_score", "known and >= 9", "loyalty"),
    ("promoter_score", "known and >= 9", "loyalty"),
)


def standard_stages(
    customers: pd.DataFrame | None = None,
    *,
    churned_after_days: int = 180,
    loyal_tiers: Sequence[str] = (),
) -> pd.DataFrame:
    """Return stage rules for `LifecycleStages` that use the columns of a customer table.

    Without further columns these are the five stages of `LifecycleStages`. Each of the following
    columns, where present, adds a rule. A missing value never triggers it, because these rules say
    `"known and ..."`.

    - `previous_stage`, the stage on an earlier day: churned customers who bought again are
      reactivated.
    - `alive_probability` of a purchase model: below 0.2 is churned, below 0.5 declining.
    - `overdue` of `RepurchaseCycle`: declining.
    - `order_trend` of the customer table (Laplace's statistic): below -1.96, purchases have become
      significantly rarer, which is declining.
    - `last_nps_score` of the customer table, or your own `promoter_score`, the answer from 0 to 10
      to "would you recommend us?": 9 or 10 is loyalty from the second order on.
    - `member_tier`: one of `loyal_tiers` is loyalty.

    Args:
        customers: Table whose columns decide which rules are added. None gives the five stages.
        churned_after_days: Longest time in days since the last purchase that is not yet churn.
        loyal_tiers: Member tiers that mean loyalty, such as `["gold", "platinum"]`. Empty for none.

    Returns:
        Rule table with `stage` and one column per criterion, read from top to bottom. Edit it and
        pass it to `LifecycleStages`.

    Raises:
        ValueError: `loyal_tiers` are not texts.

    Examples:
        >>> customers = pd.DataFrame({"order_count": [6], "recency_days": [9], "overdue": [True]})
        >>> standard_stages(customers)
                 stage order_count recency_days         overdue
        0    potential           0          any             any
        1      churned          1+         181+             any
        2    declining          2+          any  known and true
        3      loyalty          5+          any             any
        4       growth         2-4          any             any
        5  acquisition           1          any             any
    """
    longest = check_days(churned_after_days, "churned_after_days")
    there = [] if customers is None else list(check_frame(customers, "customers").columns)
    tiers = _tiers(loyal_tiers)
    rows = [
        {"stage": "potential", "order_count": "0"},
        {"stage": "churned", "order_count": "1+", "recency_days": f"{longest + 1}+"},
    ]
    if "previous_stage" in there:
        rows.append(
            {"stage": "reactivated", "order_count": "2+", "previous_stage": "known and churned"}
        )
    rows += [
        {"stage": stage, "order_count": "1+" if stage == "churned" else "2+", column: asked}
        for column, asked, stage in FURTHER
        if column in there
    ]
    if tiers and "member_tier" in there:
        rows.append({"stage": "loyalty", "order_count": "1+", "member_tier": f"known and {tiers}"})
    rows += [
        {"stage": "loyalty", "order_count": "5+"},
        {"stage": "growth", "order_count": "2-4"},
        {"stage": "acquisition", "order_count": "1"},
    ]
    table = pd.DataFrame(rows)
    further = [name for name in table.columns if name not in ("stage", *COLUMNS)]
    return table[["stage", *COLUMNS, *further]].fillna(ANY).astype(str)


def _tiers(tiers: Sequence[str]) -> str:
    given = check_list(tiers, "loyal_tiers")
    for tier in given:
        if not isinstance(tier, str) or not tier.strip() or "|" in tier:
            raise ValueError(f"loyal_tiers must be texts without '|', not {shown(tier)}")
    return "|".join(f'"{tier}"' for tier in given)
