"""The templates of messages: those of the catalogue and a caller's own, checked and filled.

A template has named places such as `{name}`. What is put into them is never read as a template
again, so customer data stays text whatever it contains.
"""

import re
import string
from collections.abc import Collection, Mapping

import numpy as np
import pandas as pd

from cemkit.catalogue import languages, words
from cemkit.checks import folded, meant
from cemkit.checks.options import shown
from cemkit.data.channel_spellings import CHANNELS, channel_name
from cemkit.data.columns import check_table, plain_words
from cemkit.data.offers import KINDS
from cemkit.errors import DataError
from cemkit.promotion.texts import language_code

PLACES = {  # and whether it may be empty: a line that holds nothing else is then left out
    "name": False,
    "history": True,
    "recommended": True,
    "code": True,
    "extras": True,
    "signature": True,
    "offer": False,
    "benefit": False,
    "headline": False,
    "discount": False,
    "amount_off": False,
    "min_spend": False,
    "points": False,
    "points_per_unit": False,
    "scope": False,
    "valid_from": False,
    "valid_until": False,
    "when": False,
    "terms": False,
}
TEMPLATE_COLUMNS = ["action", "kind", "channel", "language", "subject", "body"]
KEYS = TEMPLATE_COLUMNS[:4]
DEFAULT_KIND = "short"  # of a channel that cemkit has no template for
LANGUAGE = re.compile(r"[a-z]{2,3}")


def kind_of(channel: str) -> str:
    """The kind of message that a channel carries, by the catalogue."""
    known = CHANNELS.get(channel)
    return DEFAULT_KIND if known is None or known.template is None else known.template


def standard_templates() -> pd.DataFrame:
    """Cemkit's own templates: `action` and `kind` (missing: any), `channel, language` and texts."""
    rows = [
        (None, kind, name, language, *texts[channel.template])
        for name, channel in CHANNELS.items()
        if channel.template is not None
        for language in languages()
        for kind, texts in (
            (None, words(language).TEMPLATES),
            ("none", words(language).GREETINGS),
        )
    ]
    return pd.DataFrame(rows, columns=TEMPLATE_COLUMNS, dtype=object)


def check_templates(
    templates: pd.DataFrame | None, columns: Collection[str] = ()
) -> tuple[pd.DataFrame, int]:
    """The templates in use, the caller's own before cemkit's, and how many are their own.

    `columns` are those of the tables that a template may name beside its places.
    """
    if templates is None:
        return standard_templates(), 0
    check_table(templates, "templates", TEMPLATE_COLUMNS[2:], known=TEMPLATE_COLUMNS)
    table = _read(templates.reindex(columns=TEMPLATE_COLUMNS).reset_index(drop=True))
    if table.duplicated(KEYS).any():
        row = table[table.duplicated(KEYS)].iloc[0]
        raise DataError(
            f"two templates are for {row['channel']!r} in {row['language']!r}; keep one"
        )
    for channel, language, subject, body in table[TEMPLATE_COLUMNS[2:]].itertuples(index=False):
        _check_template(channel, language, subject or "", body or "", columns)
    return pd.concat([table, standard_templates()], ignore_index=True), len(table)


def _read(table: pd.DataFrame) -> pd.DataFrame:
    """The templates with their keys as they are compared; None where one is missing."""
    keys = {name: plain_words(table[name], name) for name in KEYS}
    for name in ("channel", "language"):
        if pd.isna(keys[name]).any():
            raise DataError(f"a template has no {name}; fill it in")
    keys["action"] = np.array([w if w is None else folded(w) for w in keys["action"]], object)
    keys["kind"] = np.array([_kind(word) for word in keys["kind"]], object)
    keys["channel"] = np.array([channel_name(channel) for channel in keys["channel"]], object)
    keys["language"] = np.array([_language(word) for word in keys["language"]], object)
    texts = {name: _texts(table[name]) for name in ("subject", "body")}
    read = pd.DataFrame({**keys, **texts}).astype(object)
    return read.where(read.notna(), None)


def _kind(word: str | None) -> str | None:
    kind = word if word is None else folded(word)
    if kind is not None and kind not in KINDS:
        raise DataError(
            f"a template is for offers of the kind {shown(word)}{meant(word, KINDS)}; the kinds "
            f"are {', '.join(map(repr, KINDS))}"
        )
    return kind


def _language(word: str) -> str:
    code = language_code(word)
    if not LANGUAGE.fullmatch(code):
        raise ValueError(
            f"the language of a template must be a code such as 'en' or 'fr', not {shown(word)}"
        )
    return code


def _texts(values: pd.Series) -> pd.Series:
    """The texts of a column as they are; None where one is missing."""
    plain_words(values, str(values.name))
    return values.astype(object).where(values.notna(), None)


def _check_template(
    channel: str, language: str, subject: str, body: str, columns: Collection[str]
) -> None:
    which = f"the template for {channel!r} in {language!r}"
    known = [*PLACES, *sorted({*columns} - {*PLACES})]
    for place in sorted(places_of(subject, which) | places_of(body, which)):
        if place not in known:
            raise ValueError(
                f"{which} has the unknown placeholder {{{place}}}{meant(place, known)}; use {known}"
            )
    if "terms" not in places_of(body, which):
        raise ValueError(
            f"{which} lacks {{terms}} in its body; add it, because every message must "
            "state the end of the offer and how to unsubscribe"
        )
    if "\n" in subject:
        raise ValueError(f"{which} has a subject of two lines; write it in one")


def places_of(text: str, which: str = "the template") -> set[str]:
    """The places of a template, which are bare names."""
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"{which}: {error}; write {{{{ or }}}} for a brace") from error
    for _, place, form, conversion in parts:
        if place is not None and (form or conversion):
            raise ValueError(f"{which} formats {{{place}}}; write the name without a format")
    return {place for _, place, _, _ in parts if place is not None}


def fill(
    template: str, fixed: Mapping[str, str], varying: Collection[str]
) -> tuple[str, list[str]]:
    """The template with the fixed places filled, as a `%` format of the varying ones."""
    empty = {
        f"{{{place}}}" for place, text in fixed.items() if not text and PLACES.get(place, True)
    }
    lines = [line for line in template.split("\n") if line.strip() not in empty]
    if len(lines) < template.count("\n") + 1:
        template = re.sub("\n{3,}", "\n\n", "\n".join(lines)).strip("\n")
    text = ""
    order: list[str] = []
    for literal, place, _, _ in string.Formatter().parse(template):
        text += literal.replace("%", "%%")
        if place is None:
            continue
        if place in varying:
            text += "%s"
            order.append(place)
        else:
            text += fixed[place].replace("%", "%%")
    return text, order


def missing_place(template: str, fixed: Mapping[str, str], varying: Collection[str]) -> str | None:
    """The first place that is empty though a line needs it, or None.

    A line that holds nothing but a place that may be empty, or a column, is left out.
    """
    for line in template.split("\n"):
        for place in sorted(places_of(line)):
            alone = place not in PLACES and line.strip() == f"{{{place}}}"
            if place not in varying and not (fixed.get(place) or PLACES.get(place, alone)):
                return place
    return None
