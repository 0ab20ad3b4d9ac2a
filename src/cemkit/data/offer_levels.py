"""Levels of an offer: its terms by spend, by frequency, by member tier, or by any column."""

import dataclasses
from collections.abc import Collection, Mapping
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.arrays import Floats
from cemkit.checks import (
    check_columns,
    check_same_ids,
    check_spellings,
    finite_values,
    meant,
    normal_ids,
)
from cemkit.checks.options import check_is_frame, shown
from cemkit.data.columns import check_table, numbers, plain_words, written_floats
from cemkit.data.offers import (
    NUMBERS,
    TERMS,
    check_terms,
    offer_names,
    offer_rows,
    read_offers,
    read_term,
)
from cemkit.errors import DataError
from cemkit.formats import count_text

COLUMNS = ["offer", "by", "level", "at_least", "below", *TERMS]
MISSPELT = 0.85  # likeness from which a level that nobody has is taken for a misspelling
Rows = npt.NDArray[np.intp]


@dataclasses.dataclass(frozen=True, slots=True)
class Ladder:
    """The levels of one offer: where each starts, or what it is called."""

    by: str
    name: str  # of the offer, as messages show it
    starts: Floats | None
    names: pd.Index | None

    def place(self, values: pd.Series) -> Rows:
        """Return the number of each value's level; -1 where it has none."""
        if self.starts is not None:
            found = np.searchsorted(self.starts, finite_values(values, self.by), side="right")
            return np.asarray(found - 1, dtype=np.intp)
        return self._named(values)

    def _named(self, values: pd.Series) -> Rows:
        codes, found = pd.factorize(normal_ids(values, self.by))
        if (codes < 0).any():
            raise DataError(
                f"{self.by} is missing in {count_text(int((codes < 0).sum()), 'rows')}, and the "
                f"levels of {self.name} go by it; fill it, or leave these rows out"
            )
        names = pd.Index([]) if self.names is None else self.names
        check_same_ids(found, names, "the table", f"the levels of {self.name}", self.by)
        check_spellings([*names, *found], self.by)
        places: Rows = names.get_indexer(found)
        for value in found[places < 0].tolist():
            near = meant(value, names.difference(found), MISSPELT)
            if near:
                raise DataError(f"{self.name} has no level for {self.by} {shown(value)}{near}")
        return places[codes]


@dataclasses.dataclass(frozen=True, slots=True)
class LevelledOffers:
    """The offers, and the terms of each at each of its levels.

    `terms` has a row per offer without levels and per level of the others; `first` is the first of
    an offer's rows.
    """

    offers: pd.DataFrame
    terms: pd.DataFrame
    first: Rows
    ladders: Mapping[int, Ladder]

    @classmethod
    def read(
        cls, offers: pd.DataFrame, levels: pd.DataFrame | None, required: Collection[str] = ()
    ) -> Self:
        """Read both tables; without `levels` every offer has one row of terms."""
        if levels is None or check_is_frame(levels, "levels").empty:
            table = read_offers(offers, required)
            return cls(table, table, np.arange(len(table)), {})
        read = _read_levels(levels)
        check_table(offers, "offers", ["offer"])
        names = pd.DataFrame({"offer": offer_names(offers["offer"])})
        numbers = offer_rows(names, read["offer"], "levels")
        table = read_offers(offers, required, _terms_of(read))
        ladders, parts = {}, [table.iloc[[row]] for row in range(len(table))]
        for row in np.unique(numbers).tolist():
            ladders[row], parts[row] = _ladder(parts[row], read[numbers == row])
        first = np.cumsum([0, *(len(part) for part in parts[:-1])])
        return cls(table, pd.concat(parts, ignore_index=True), first, ladders)

    def rows(self, offer: Rows | int, table: pd.DataFrame) -> Rows:
        """Return the row of the terms for the offer of each row of a table; -1: it has no level.

        The columns that levels go by are in the table.
        """
        numbered = np.broadcast_to(np.asarray(offer, dtype=np.intp), (len(table),))
        found = self.first[numbered]
        for row, ladder in self.ladders.items():
            mine = np.flatnonzero(numbered == row)
            if len(mine):
                hint = f"the levels of {ladder.name} go by it"
                check_columns(table.columns, [ladder.by], hint)
                place = ladder.place(table[ladder.by].iloc[mine])
                found[mine] = np.where(place < 0, -1, self.first[row] + place)
        return found


def _read_levels(levels: pd.DataFrame) -> pd.DataFrame:
    check_table(levels, "levels", ["offer", "by"], known=COLUMNS)
    table = levels.reindex(columns=COLUMNS).reset_index(drop=True)
    table["offer"] = normal_ids(table["offer"], "offer")
    table["by"] = pd.Series(plain_words(table["by"], "by"), dtype=object)
    for column in ("offer", "by"):
        if table[column].isna().any():
            row = int(np.argmax(table[column].isna()))
            raise DataError(
                f"levels has no {column} in row {row}; fill it in, because every level needs one"
            )
    for column in ("at_least", "below"):
        table[column] = written_floats(numbers(table[column], column))
    return table.assign(**{name: read_term(table[name]) for name in TERMS})


def _terms_of(levels: pd.DataFrame) -> dict[Any, set[str]]:
    """The terms that stand in the levels of each offer; a term stands in all of them or in none."""
    found: dict[Any, set[str]] = {}
    for offer, own in levels.groupby("offer", sort=False):
        counts = own[[*TERMS]].notna().sum()
        for term, count in counts[counts > 0].items():
            if count < len(own):
                raise DataError(
                    f"{term} is missing in {len(own) - count} of {count_text(len(own), 'levels')} "
                    f"of offer {shown(offer)}; give it in each"
                )
        found[offer] = {str(term) for term in counts.index[counts > 0]}
        if not found[offer]:
            raise DataError(
                f"the levels of offer {shown(offer)} give no terms; fill one of the columns "
                f"{', '.join(TERMS)}"
            )
    return found


def _ladder(own: pd.DataFrame, levels: pd.DataFrame) -> tuple[Ladder, pd.DataFrame]:
    """The ladder of one offer, and its terms at each level."""
    name = f"offer {shown(own['offer'].iloc[0])}"
    by = levels["by"].unique()
    if len(by) > 1:
        raise DataError(
            f"the levels of {name} depend on {' and '.join(map(repr, by))}; name one "
            "column in all of them"
        )
    named = levels["level"].notna()
    if named.any():
        bounded = levels[["at_least", "below"]].notna().any(axis=1)
        if bounded.any() or not named.all():
            raise DataError(
                f"the levels of {name} have names (level) in {int(named.sum())} and bounds "
                f"(at_least, below) in {int(bounded.sum())} of {count_text(len(levels), 'rows')}; "
                "give each level a name, or each a bound"
            )
        ladder = Ladder(by[0], name, None, _level_names(levels["level"], name))
    else:
        levels = levels.sort_values("at_least", na_position="first")
        ladder = Ladder(by[0], name, _starts(levels, name, by[0]), None)
    terms = own.loc[own.index.repeat(len(levels))].reset_index(drop=True)
    for term in TERMS:
        terms[term] = terms[term].fillna(levels[term].reset_index(drop=True))
    _check_levels(terms, levels, name)
    return ladder, terms


def _check_levels(terms: pd.DataFrame, levels: pd.DataFrame, name: str) -> None:
    for row in range(len(terms)):
        level = levels["level"].iloc[row]
        which = f"from {levels['at_least'].iloc[row]:g}" if pd.isna(level) else shown(level)
        values = {column: terms[column].iloc[row] for column in ("kind", *NUMBERS)}
        check_terms(f"{name} at the level {which}", values)


def _level_names(values: pd.Series, name: str) -> pd.Index:
    names = normal_ids(values, "level")
    check_spellings(names, "level")
    if names.has_duplicates:
        twice = names[names.duplicated()].tolist()[0]
        raise DataError(f"the level {shown(twice)} of {name} occurs twice; keep one")
    return names


def _starts(levels: pd.DataFrame, name: str, by: str) -> Floats:
    """The value from which each level holds; the levels follow each other without a gap."""
    starts, ends = levels["at_least"].to_numpy(), levels["below"].to_numpy()
    if np.isnan(starts[1:]).any():
        raise DataError(
            f"{count_text(int(np.isnan(starts).sum()), 'levels')} of {name} have neither a level "
            "nor an at_least; say of each where it starts (only the lowest may do without)"
        )
    starts = np.where(np.isnan(starts), -np.inf, starts)
    if not np.isnan(ends[-1]) and np.isfinite(ends[-1]):
        raise DataError(
            f"the levels of {name} have a gap: no level covers {by} from {ends[-1]:g}; "
            "leave 'below' of the highest level missing, or add a level from there"
        )
    stated = np.where(np.isnan(ends[:-1]), starts[1:], ends[:-1])
    for start, end, following in zip(starts, stated, starts[1:], strict=False):
        if end > following or following == start:
            raise DataError(
                f"the levels of {name} overlap: {by} from {following:g} to {end:g} is in two "
                "of them; let each level end where the next one starts"
            )
        if end < following:
            raise DataError(
                f"the levels of {name} have a gap: no level covers {by} from {end:g} to "
                f"{following:g}; let each level end where the next one starts"
            )
    return starts
