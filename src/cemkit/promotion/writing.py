"""The text of messages: what is the same for a group is filled in once, the rest by customer."""

import dataclasses
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
import pandas as pd

from cemkit.checks.options import shown
from cemkit.errors import DataError
from cemkit.formats import count_text
from cemkit.promotion.signatures import signed
from cemkit.promotion.speech import Speech
from cemkit.promotion.terms import Terms, terms_text
from cemkit.promotion.wording import (
    fill,
    kind_of,
    missing_place,
)

Texts = npt.NDArray[np.object_]
Rows = npt.NDArray[np.intp]
VARYING = ("history", "recommended", "code")  # places that are empty where nothing is given


@dataclasses.dataclass(frozen=True, slots=True)
class Writing:
    """What all messages are written from."""

    templates: pd.DataFrame
    terms: list[Terms]
    speeches: Mapping[str, Speech]
    sender: str
    ids: pd.Index

    def written(self, template: Rows, term: Rows, varying: dict[str, Texts]) -> dict[str, Texts]:
        """Subject, body and terms, group by group: only what varies differs within a group."""
        parts = ("subject", "body", "terms")
        text = {name: np.full(len(template), "", dtype=object) for name in parts}
        kind = template * len(self.terms) + term
        for values in varying.values():
            kind = kind * 2 + (values != "")
        order = np.argsort(kind, kind="stable")
        for rows in np.split(order, np.flatnonzero(np.diff(kind[order])) + 1) if len(order) else []:
            self._write(rows, template[rows[0]], self.terms[term[rows[0]]], varying, text)
        return text

    def _write(
        self,
        rows: Rows,
        template: np.intp,
        terms: Terms,
        varying: dict[str, Texts],
        text: dict[str, Texts],
    ) -> None:
        """Write the messages of one group into `text`."""
        wording = self.templates.iloc[template]
        speech, kind = self.speeches[wording["language"]], kind_of(wording["channel"])
        fixed = terms_text(terms, speech, kind)
        said = [name for name, values in varying.items() if values[rows[0]] != ""]
        fixed |= {name: "" for name in (*VARYING, *varying) if name not in said}
        subject, body = wording["subject"] or "", wording["body"] or ""
        fixed["signature"], body = signed(body, self.sender, speech, kind)
        text["terms"][rows] = fixed["terms"]
        for part, form in (("subject", subject), ("body", body)):
            missing = missing_place(form, fixed, said)
            if missing is not None:
                self._refuse(missing, wording, terms, rows, missing in varying)
            filled, order = fill(form, fixed, said)
            columns = [varying[place][rows].tolist() for place in order]
            texts = [filled % values for values in zip(*columns, strict=True)]
            text[part][rows] = texts if columns else filled % ()

    def _refuse(
        self, place: str, wording: pd.Series, terms: Terms, rows: Rows, varies: bool
    ) -> None:
        """Raise for a place that is empty where a message needs it."""
        which = (
            f"the template for {wording['channel']!r} in {wording['language']!r} has the place "
            f"{{{place}}}"
        )
        if varies:
            raise DataError(
                f"{which}, which is empty for {count_text(len(rows), 'actions')}, the first of "
                f"customer {shown(self.ids[rows[:1]].tolist()[0])}; fill it, or put the place on a "
                "line of its own, which is then left out"
            )
        if place == "scope" and terms.benefit.kind != "none":
            speech = self.speeches[wording["language"]]
            speech.word("scope", "everything", f"{which}, and an offer holds for everything")
        raise DataError(
            f"{which}, and an offer of the kind {terms.benefit.kind!r} has none here; use "
            f"{{benefit}}, or give a template for that kind (kind={terms.benefit.kind!r})"
        )
