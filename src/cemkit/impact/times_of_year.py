"""Columns for times of the year that years without a promotion show, and the shop's calendar."""

import math
from dataclasses import dataclass
from operator import itemgetter

import numpy as np

from cemkit.arrays import Floats
from cemkit.forecasting.regressors import period_bounds
from cemkit.forecasting.series import FEWEST_POINTS, TimeIndex
from cemkit.impact.identification import Calendar, Flags, independent

LONGEST_PLACE_DAYS = 8  # of a period that is a time of the year of its own; months have a season
NEIGHBOURS = 4  # periods beside promotions whose season would bend the baseline


@dataclass(frozen=True, slots=True)
class TimesOfYear:
    """What the baseline knows of the year: sales on their scale, and how far an effect reaches."""

    values: Floats
    are_short: bool
    after: int

    @classmethod
    def of(cls, index: TimeIndex, values: Floats, after: int) -> "TimesOfYear":
        """From sales on the scale of the model."""
        first, last = period_bounds(index[:1])
        return cls(values, (last[0] - first[0]).days < LONGEST_PLACE_DAYS, after)

    def likelier(self, calendar: Calendar, given: Floats) -> Calendar:
        """What the shop's year follows: the date, the ISO week or a day of trade; the best fit."""
        values = self.values[calendar.seen]
        found = []
        for one in calendar.likely():
            dummies = self.columns(one, one.active, given)
            block = np.column_stack([np.ones(len(given)), given, *dummies.values()])[one.seen]
            basis = np.linalg.qr(block).Q
            rest = values - basis @ (basis.T @ values)
            size = len(values) * math.log(max(float(rest @ rest), 1e-300))
            found.append((size + 2 * block.shape[1] - one.preference, one))
        return min(found, key=itemgetter(0))[1]

    def columns(
        self, calendar: Calendar, rows: Flags, given: Floats, before: int = 0
    ) -> dict[str, Floats]:
        """Times of the year that years without a promotion show, as far as there is room."""
        if not self.are_short:  # months have a season of their own
            return {}
        seen = calendar.seen
        # A season that moves is in no harmonic, so the periods of it before promotions count, too.
        beside = (NEIGHBOURS if calendar.moves else before, max(NEIGHBOURS - self.after, 0))
        dummies = calendar.dummies(rows, beside)
        shown = {name: column[seen] for name, column in dummies.items()}
        kept = independent(shown, given[seen])
        # A coefficient costs a point, which a short series has not to spare.
        room = int(seen.sum()) - given.shape[1] - 3 * FEWEST_POINTS
        return {name: dummies[name] for name in kept} if len(kept) <= room else {}
