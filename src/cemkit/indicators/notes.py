"""Notes beside the numbers: what limits a value or its change."""

import numpy as np
import numpy.typing as npt

from cemkit.indicators.definitions import COUNT, INDICATORS, SPEND, WHOLE
from cemkit.indicators.inference import Levels
from cemkit.indicators.moments import Moments
from cemkit.indicators.spans import moved_holidays
from cemkit.indicators.states import Shop, Terms

Notes = npt.NDArray[np.object_]
FULL_COUNT = "full count, no sampling error"
NOBODY = "nobody in the base"
ALIKE = "all customers alike, no interval"
ALL_TOGETHER = "all promotions together"
TOO_FEW = "fewer than two customers, no interval"
NONE_NEW = "spent without a new customer"
NOTHING_SPENT = "nothing spent and no new customer"
SHORT_HISTORY = "history shorter than window_days"
DATA_BEGIN = "the data begin in this period"
NO_EARLIER = "no earlier period"


class Notebook:
    """What is to be noted of the periods of a shop."""

    def __init__(self, shop: Shop, terms: Terms, *, year: bool) -> None:
        self.shop, self._terms = shop, terms
        first = int(shop.sums["first_day"].min())
        window = terms.window_days or 0
        self._short = shop.starts[: shop.finished] - window < first
        self._begin = shop.starts[: shop.finished] < first
        none = [""] * shop.finished
        self._moved = moved_holidays(shop, terms.lag) if year else none

    def of(self, name: str, m: Moments, levels: Levels) -> Notes:
        """The notes of an indicator, shape (periods, groups)."""
        definition, lag = INDICATORS[name], self._terms.lag
        notes: Notes = np.full(m.numerator.shape, "", dtype=object)

        def add(where: npt.NDArray[np.bool_], text: str) -> None:
            notes[where] = [f"{note}; {text}" if note else text for note in notes[where]]

        rows = np.broadcast_to(np.arange(len(notes))[:, None], notes.shape)
        empty = m.denominator == 0
        if definition.kind == COUNT:
            add(np.full(notes.shape, True), FULL_COUNT)
        elif definition.kind == SPEND:
            add(empty & (m.numerator > 0), NONE_NEW)
            add(empty & (m.numerator == 0), NOTHING_SPENT)
        else:
            add(empty, NOBODY)
            alone = np.isnan(levels.lower) & ~empty
            add(alone & (m.customers < 2), TOO_FEW)
            add(alone & (m.customers >= 2), ALIKE)
            if definition.kind == WHOLE:
                add(m.known[rows], ALL_TOGETHER)
        add(self._begin[rows], DATA_BEGIN)
        if definition.window:
            add(self._short[rows] & ~self._begin[rows], SHORT_HISTORY)
        if lag:
            unknown = np.ones(len(notes), dtype=np.bool_)
            unknown[lag:] = ~m.known[:-lag]
            add(unknown[rows], NO_EARLIER)
        for t, text in enumerate(self._moved):
            if text:
                add(rows == t, text)
        return notes
