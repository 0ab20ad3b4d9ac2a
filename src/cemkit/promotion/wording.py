"""The templates of messages: those of the catalogue and a caller's own, checked and filled.

A template has named places such as `{name}`. What is put into them is never read as a template
again, so customer data stays text whatever it contains.
"""

import string
from collections.abc import Mapping

import numpy as np
import pandas as pd

from cemkit.catalogue import check_language, languages, words
from cemkit.checks import folded, meant
from cemkit.data.channel_spellings import CHANNELS, channel_name
from cemkit.data.columns import check_table, plain_words
from cemkit.errors import DataError

PLACES = {  # and whether a line that holds nothing else is left out where there is nothing to say
    "name": False,
    "history": True,
    "code": True,
    "extras": True,
    "discount": False,
    "scope": False,
    "valid_from": False,
    "valid_until": False,
    "terms": False,
}
TEMPLATE_COLUMNS = ["action", "channel", "language", "subject", "body"]


def standard_templates() -> pd.DataFrame:
    """Cemkit's own templates: `action` (missing: any), `channel, language, subject, body`."""
    rows = [
        (None, name, language, *words(language).TEMPLATES[channel.template])
        for name, channel in CHANNELS.items()
        if channel.template is not None
        for language in languages()
    ]
    return pd.DataFrame(rows, columns=TEMPLATE_COLUMNS)


def check_templates(templates: pd.DataFrame | None) -> pd.DataFrame:
    """The templates in use: the given ones first, and cemkit's own where they say nothing."""
    if templates is None:
        return standard_templates()
    check_table(templates, "templates", TEMPLATE_COLUMNS[1:], known=TEMPLATE_COLUMNS)
    table = templates.reindex(columns=TEMPLATE_COLUMNS).reset_index(drop=True)
    keys = {name: plain_words(table[name], name) for name in ("action", "channel", "language")}
    if pd.isna(keys["channel"]).any():
        raise DataError("a template has no channel")
    keys["action"] = np.array([w if w is None else folded(w) for w in keys["action"]], object)
    keys["channel"] = np.array([channel_name(channel) for channel in keys["channel"]], object)
    table = pd.DataFrame({**keys, **{name: _texts(table[name]) for name in ("subject", "body")}})
    table = table.astype(object).where(table.notna(), None)
    if table.duplicated(TEMPLATE_COLUMNS[:3]).any():
        row = table[table.duplicated(TEMPLATE_COLUMNS[:3])].iloc[0]
        raise DataError(
            f"two templates are for {row['channel']!r} in {row['language']!r}; leave one"
        )
    for channel, language, subject, body in table[TEMPLATE_COLUMNS[1:]].itertuples(index=False):
        _check_template(channel, language, subject or "", body or "")
    return pd.concat([table, standard_templates()], ignore_index=True)


def _texts(values: pd.Series) -> pd.Series:
    """The texts of a column as they are; None where one is missing."""
    plain_words(values, str(values.name))
    return values.astype(object).where(values.notna(), None)


def _check_template(channel: str, language: str, subject: str, body: str) -> None:
    check_language(language, "the language of a template")
    which = f"the template for {channel!r} in {language!r}"
    used = {place for text in (subject, body) for place in _places(text, which)}
    for place in sorted(used - set(PLACES)):
        hint = meant(place, PLACES)
        raise ValueError(f"{which} has the place {{{place}}}{hint}; there are {[*PLACES]}")
    if "terms" not in _places(body, which):
        raise ValueError(
            f"{which} lacks {{terms}} in its body: every message says until when the offer holds "
            "and how to get no more"
        )
    if "\n" in subject:
        raise ValueError(f"{which} has a subject of two lines")


def _places(text: str, which: str) -> set[str]:
    try:
        parts = list(string.Formatter().parse(text))
    except ValueError as error:
        raise ValueError(f"{which}: {error}; write {{{{ or }}}} for a brace") from error
    for _, place, form, conversion in parts:
        if place is not None and (form or conversion):
            raise ValueError(f"{which} formats {{{place}}}; a place is a bare name")
    return {place for _, place, _, _ in parts if place is not None}


def fill(template: str, fixed: Mapping[str, str], varying: list[str]) -> tuple[str, list[str]]:
    """The template with the fixed places filled, as a `%` format of the varying ones."""
    empty = {f"{{{place}}}" for place, text in fixed.items() if not text and PLACES[place]}
    lines = [line for line in template.split("\n") if line.strip() not in empty]
    text, order = "", []
    for literal, place, _, _ in string.Formatter().parse("\n".join(lines)):
        text += literal.replace("%", "%%")
        if place in varying:
            text += "%s"
            order.append(place)
        elif place is not None:
            text += fixed[place].replace("%", "%%")
    return text, order
