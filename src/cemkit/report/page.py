"""The report as one HTML page that loads nothing and runs no script."""

import dataclasses
import re
from importlib.resources import files
from typing import Any

from jinja2 import Environment, StrictUndefined
from markupsafe import Markup, escape

from cemkit import __version__
from cemkit.catalogue import words
from cemkit.formats import level_text
from cemkit.report.content import Section, Table
from cemkit.report.documents import (
    SHOWN_ROWS,
    cell_texts,
    lead_of,
    number_texts,
    problem_text,
    title_of,
)

LANGUAGES = {"en": "en", "zh": "zh-CN"}
HAN = re.compile(r"[\u3400-\u9fff]")
DAY = re.compile(r"\d{4}-\d{2}(?:-\d{2})?")
OPEN_ROWS = 12  # tables up to this long are open from the start


def as_html(report: Any) -> str:
    """The whole page."""
    say = words(report.language)
    environment = Environment(
        autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    environment.filters["days"] = whole_days
    return environment.from_string(_read("page.html")).render(
        report=report,
        say=say,
        lang=LANGUAGES.get(report.language, report.language),
        title=title_of(report),
        lead=lead_of(report),
        style=Markup(_read("page.css")),  # noqa: S704 - a file of the package
        footer=_footer(report, say),
        drawn=Markup,
        problem=lambda section: _problem(section, report.language, say),
        foreign=lambda text: report.language != "en" and not HAN.search(text),
        figure=lambda number: number_texts(number, say),
        rows=lambda table: _rows(table, say),
        more=lambda table: max(len(table.frame) - SHOWN_ROWS, 0),
        is_open=lambda table: len(table.frame) <= OPEN_ROWS,
    )


def _read(name: str) -> str:
    return (files("cemkit.report") / name).read_text("utf-8")


def whole_days(text: str) -> Markup:
    """Text whose dates do not break at their hyphens."""
    return Markup(DAY.sub(r'<span class="day">\g<0></span>', str(escape(text))))  # noqa: S704 - escaped


def _problem(section: Section, language: str, say: Any) -> Markup:
    """Why a section could not be computed; what it says in English is marked as such."""
    why = section.problem or ""
    text = whole_days(problem_text(dataclasses.replace(section, problem="\0"), say))
    mark = '<span lang="en">{}</span>' if language != "en" and not HAN.search(why) else "{}"
    return Markup(text.replace("\0", Markup(mark).format(whole_days(why))))  # noqa: S704 - escaped


def _footer(report: Any, say: Any) -> str:
    text = say.REPORT["footer" if report.minimum_cell > 1 else "footer_off"]
    return str(
        text.format(
            level=level_text(report.confidence_level),
            smallest=report.minimum_cell,
            named=say.REPORT["footer_named" if report.named else "footer_unnamed"],
            version=__version__,
        )
    )


def _rows(table: Table, say: Any) -> list[list[dict[str, Any]]]:
    """The cells of the rows that the page shows."""
    return [
        [
            {
                "text": text,
                "bounds": bounds,
                "kind": "" if column.unit in {"text", "date"} else "number",
                "hidden": bool(table.hidden[column.name].iloc[place]),
            }
            for column in table.columns
            for text, bounds in [cell_texts(table, column, place, say)]
        ]
        for place in range(min(len(table.frame), SHOWN_ROWS))
    ]
