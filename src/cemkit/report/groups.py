"""The groups of customers that every table by segment shows, and which of them are hidden.

All tables hide the same ones: of two that hid different ones, each would give away the other's.
"""

from typing import NamedTuple

import pandas as pd

from cemkit.report.drafts import Draft
from cemkit.report.gate import Mask, protected_rows
from cemkit.report.shop import SEGMENT, Shop

MOST = 15  # segments that are shown; the others are one group


class Groups(NamedTuple):
    """The group of each customer, and the groups that are hidden."""

    labels: pd.Series
    hidden: frozenset[str]

    def small(self, segments: pd.Series) -> Mask:
        """Which rows are hidden, by their segment."""
        return segments.isin(self.hidden).to_numpy(dtype=bool)


def segment_groups(draft: Draft, shop: Shop) -> Groups:
    """The segments of today, of which the smallest are joined where there are very many."""
    labels = shop.segments.astype(object).astype(str)
    sizes = labels.value_counts().rename_axis(SEGMENT).reset_index()
    order = sizes.sort_values(["count", SEGMENT], ascending=[False, True])
    if len(order) > MOST:
        largest = order[SEGMENT].head(MOST - 1)
        rest = draft.say.REPORT["other_segments"].format(number=len(order) - len(largest))
        labels = labels.where(labels.isin(largest), rest)
        order = labels.value_counts().rename_axis(SEGMENT).reset_index().sort_values(SEGMENT)
    hidden = protected_rows(order["count"], draft.terms.smallest)
    return Groups(labels, frozenset(order[SEGMENT][hidden]))
