"""Fields and tables in short: rounded numbers, each with its interval, and what is left folded."""

import html
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from cemkit.formats import count_text, format_value

SHOWN_ROWS = 10  # of a table that may hold a million
SHOWN_FIELDS = 8
LONGEST_TEXT = 60  # of a value
WIDTH = 100  # of a printed table, in letters


def printed(fields: Mapping[str, Any], table: pd.DataFrame | None) -> list[str]:
    """Return the lines of the fields, of the table, and of what is left out of them."""
    shown, folded = _shown_fields(fields)
    width = max((len(name) for name in shown), default=0)
    lines = [f"  {name:<{width}}  {text}" for name, text in shown.items()]
    if table is not None:
        lines += ["", *_printed_table(table)]
    return [*lines, *([f"  more fields: {', '.join(folded)}"] if folded else [])]


def html_block(caption: str, fields: Mapping[str, Any], table: pd.DataFrame | None) -> str:
    """Return the same as HTML, where the fields left out are folded."""
    shown, folded = _shown_fields(fields)
    below = ""
    if table is not None:
        texts = table_texts(table, SHOWN_ROWS)
        below = texts.to_html(index=_is_named(texts)) + rows_not_shown(table)
    more = _details(f"{len(folded)} more fields", _cells(folded)) if folded else ""
    head = f"<caption>{html.escape(caption)}</caption>"
    return f"<table>{head}{_cells(shown)}</table>{below}{more}"


def rows_not_shown(table: pd.DataFrame) -> str:
    """How many rows a table has beyond those shown."""
    more = len(table) - SHOWN_ROWS
    return f"... and {count_text(more, 'rows')} more" if more > 0 else ""


def field_texts(fields: Mapping[str, Any]) -> dict[str, str]:
    """The fields as texts; a number is followed by its two bounds where it has them."""
    places = {name: _short(_value_text(name, value)) for name, value in fields.items()}
    texts: dict[str, str] = {}
    for name, bounds in _with_bounds(list(fields)).items():
        known = [places[bound] for bound in bounds if not _is_missing(fields[bound])]
        texts[name] = _bounded(places.get(name, ""), known)
    return texts


def table_texts(table: pd.DataFrame, rows: int) -> pd.DataFrame:
    """The first rows of a table as texts, a column of numbers and its bounds in one."""
    names = [str(name) for name in table.columns]
    head = table.head(rows).set_axis(names, axis=1)
    texts = [field_texts(dict(zip(names, row, strict=True))) for row in _plain_rows(head)]
    return pd.DataFrame(texts, index=head.index, columns=list(_with_bounds(names)))


def fitting(table: pd.DataFrame, width: int = WIDTH) -> pd.DataFrame:
    """As many of the first columns as fit into the width, one at least."""
    labels = [table.index.name or "", *table.index.tolist()]
    used = max(_letters(str(label)) for label in labels)
    for place, (name, column) in enumerate(table.items()):
        used += 2 + max(_letters(text) for text in [str(name), *column])
        if used > width and place:
            return table.iloc[:, :place]
    return table


def _shown_fields(fields: Mapping[str, Any]) -> tuple[dict[str, str], dict[str, str]]:
    """The first fields as texts, and the others."""
    texts = list(field_texts(fields).items())
    return dict(texts[:SHOWN_FIELDS]), dict(texts[SHOWN_FIELDS:])


def _printed_table(table: pd.DataFrame) -> list[str]:
    whole = table_texts(table, SHOWN_ROWS)
    texts = fitting(whole)
    folded = list(whole.columns[texts.shape[1] :])
    columns = f"more columns: {', '.join(folded)}" if folded else ""
    lines = [texts.to_string(index=_is_named(texts)), rows_not_shown(table), columns]
    return list(filter(None, lines))


def _is_named(table: pd.DataFrame) -> bool:
    return not isinstance(table.index, pd.RangeIndex)


def _cells(texts: Mapping[str, str]) -> str:
    return "".join(
        f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>"
        for name, text in texts.items()
    )


def _details(title: str, cells: str) -> str:
    return f"<details><summary>{title}</summary><table>{cells}</table></details>"


def _with_bounds(names: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Each name that is shown, and the names of its bounds; bounds of no name are an interval."""
    pairs = {
        name: (f"{name}_lower", f"{name}_upper")
        for name in names
        if f"{name}_lower" in names and f"{name}_upper" in names
    }
    taken = {bound for pair in pairs.values() for bound in pair}
    shown: dict[str, tuple[str, ...]] = {}
    for name in names:
        if name == "lower" and "upper" in names:
            shown["interval"] = ("lower", "upper")
        elif name not in taken and not (name == "upper" and "lower" in names):
            shown[name] = pairs.get(name, ())
    return shown


def _bounded(text: str, bounds: Sequence[str]) -> str:
    if len(bounds) < 2:
        return text
    interval = " to ".join(bounds)
    return f"{text} ({interval})" if text else interval


def _plain_rows(table: pd.DataFrame) -> list[tuple[Any, ...]]:
    return list(table.itertuples(index=False, name=None))


def _is_missing(value: Any) -> bool:
    return bool(pd.api.types.is_scalar(value) and pd.isna(value))


def _value_text(name: str, value: Any) -> str:
    if isinstance(value, tuple | list):
        return ", ".join(_value_text(name, part) for part in value)
    return "" if _is_missing(value) else format_value(name, value)


def _short(text: str) -> str:
    line = " ".join(text.split())
    return line if len(line) <= LONGEST_TEXT else f"{line[: LONGEST_TEXT - 3]}..."


def _letters(text: str) -> int:
    """How wide a text is printed: a Chinese character takes the place of two letters."""
    return sum(2 if ord(letter) > 0x2E7F else 1 for letter in text)
