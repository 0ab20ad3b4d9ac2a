"""Terms of two sides of comments: each tested, ranked, and described with an example."""

import dataclasses

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.feedback.comments.nesting import longest_forms, without_nested
from cemkit.feedback.comments.terms import TermCounts, TermRules, comments_with
from cemkit.feedback.comments.texts import excerpt, once_each
from cemkit.proportions.exact import fisher_doubled_p
from cemkit.proportions.intervals import critical_value, difference_bounds

PRIOR = 10  # comments with the term that each side has more, at the share of both together
GOOD_LENGTH = 60  # characters of an example


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class ComparedTerms:
    """Comments of two sides (0 and 1), once each and sorted by text, and how their terms differ.

    `with_term` has how many comments of each side (a row) have each term (a column); `log_odds` are
    above 0 where the term is more frequent on side 0. `adjusted` and `detected` are known once the
    terms have been `judged` together with those of other comparisons.
    """

    texts: npt.NDArray[np.object_]
    sides: npt.NDArray[np.int64]
    repeated: int
    found: TermCounts
    with_term: Floats
    p_values: Floats
    log_odds: Floats
    adjusted: Floats
    detected: npt.NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        texts: npt.NDArray[np.object_],
        sides: npt.NDArray[np.int64],
        rules: TermRules,
        min_comments: int,
    ) -> "ComparedTerms":
        """Test every term of at least so many comments by Fisher's exact test."""
        kept = once_each(texts, sides)
        repeated = len(texts) - len(kept)
        texts, sides = texts[kept], sides[kept]
        found = _without_numbers(TermCounts.of(texts, rules, min_comments))
        n1, n2 = np.bincount(sides, minlength=2).tolist()
        x1, x2 = (comments_with(found.counts[sides == side]).astype(np.float64) for side in (0, 1))
        p_values = fisher_doubled_p(x1, n1, x2, n2)
        return cls(
            texts=texts,
            sides=sides,
            repeated=repeated,
            found=found,
            with_term=np.array([x1, x2]),
            p_values=p_values,
            log_odds=shrunken_log_odds(x1, x2, n1, n2),
            adjusted=p_values,
            detected=np.zeros(len(p_values), dtype=np.bool_),
        )

    @property
    def sizes(self) -> npt.NDArray[np.int64]:
        """How many comments each side has."""
        return np.bincount(self.sides, minlength=2)

    def judged(self, adjusted: Floats, alpha: float, level: float) -> "ComparedTerms":
        """Return the same with p values corrected; test and interval must both exclude 0."""
        detected = adjusted < alpha
        lower, upper = self._bounds(np.flatnonzero(detected), 0, level)
        detected[detected] = (lower > 0) | (upper < 0)
        return dataclasses.replace(self, adjusted=adjusted, detected=detected)

    def rows(self, side: int, name: str, level: float, most: int) -> pd.DataFrame:
        """Return the strongest detected terms of a side, described."""
        places = self.leading(side, self.detected, most)
        table = self.described(places, side, level)
        table.insert(0, "term", pd.Series([self.found.terms[k] for k in places], dtype=object))
        table.insert(1, "group", name)
        table.insert(len(table.columns) - 1, "p_value_adjusted", self.adjusted[places])
        return table

    def _bounds(
        self, places: npt.NDArray[np.intp], side: int, level: float
    ) -> tuple[Floats, Floats]:
        """Bounds of the share of a side less that of the other (Miettinen, Nurminen)."""
        own, other = self.with_term[side, places], self.with_term[1 - side, places]
        own_n, other_n = self.sizes[[side, 1 - side]].astype(np.float64)
        return difference_bounds(
            other,
            np.full_like(own, other_n),
            own,
            np.full_like(own, own_n),
            np.full_like(own, critical_value(level)),
        )

    def leading(self, side: int, detected: npt.NDArray[np.bool_], most: int) -> list[int]:
        """Return the places of the detected terms of a side, the strongest first, none twice."""
        strength = self.log_odds if side == 0 else -self.log_odds
        own = detected & (strength > 0)
        places = np.flatnonzero(own)
        ranked = places[np.argsort(-strength[places], kind="stable")].tolist()
        terms, counts = self.found.terms, self.found.counts
        longest = longest_forms(terms, counts)
        forms = [form if own[form] else place for place, form in enumerate(longest)]
        chosen = without_nested(ranked, terms, forms, counts, 2 * most)
        return sorted(chosen, key=lambda place: (-strength[place], terms[place]))[:most]

    def described(self, places: list[int], side: int, level: float) -> pd.DataFrame:
        """Return counts, shares and their difference with bounds, and an example of each term."""
        own, other = self.with_term[side, places], self.with_term[1 - side, places]
        own_n, other_n = self.sizes[[side, 1 - side]].astype(np.float64)
        lower, upper = self._bounds(np.array(places, dtype=np.intp), side, level)
        return pd.DataFrame(
            {
                "comments": own.astype(np.int64),
                "other_comments": other.astype(np.int64),
                "share": own / own_n,
                "other_share": other / other_n,
                "difference": own / own_n - other / other_n,
                "lower": lower,
                "upper": upper,
                "log_odds": np.abs(self.log_odds[places]),
                "p_value": self.p_values[places],
                "example": [self._example(place, side) for place in places],
            }
        )

    def _example(self, place: int, side: int) -> str:
        """A comment of the side that has the term, of the length that is read at a glance."""
        column = self.found.counts[:, [place]].toarray()[:, 0]
        texts = self.texts[(column > 0) & (self.sides == side)]
        best = min(texts, key=lambda text: (abs(len(text) - GOOD_LENGTH), text))
        return excerpt(best, self.found.terms[place])


def shrunken_log_odds(x1: Floats, x2: Floats, n1: int, n2: int) -> Floats:
    """The log odds ratio, with so many comments more on each side at the common share."""
    share = (x1 + x2) / (n1 + n2)
    somewhere = (share > 0) & (share < 1)
    share = np.where(somewhere, share, 0.5)  # any value: both shares are 0 or 1, and equal
    more = PRIOR * (1 / share - 1)
    first, second = (
        (x + PRIOR) / np.where(somewhere, n - x + more, 1.0) for x, n in ((x1, n1), (x2, n2))
    )
    return np.where(somewhere, np.log(first / second), 0.0)


def _without_numbers(found: TermCounts) -> TermCounts:
    """The terms that are more than a number, which says nothing on its own."""
    kept = [place for place, term in enumerate(found.terms) if not term.isdecimal()]
    terms = [found.terms[place] for place in kept]
    return dataclasses.replace(found, terms=terms, counts=found.counts[:, kept])
