"""Pages that are made from files outside docs/: the README and its like, and the API reference."""

from __future__ import annotations

import importlib
import inspect
import re
from collections import defaultdict
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from types import ModuleType
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
ROOMS = (
    *("data", "proportions", "segmentation", "churn", "clv", "forecasting", "recommendation"),
    *("promotion", "targeting", "experiments", "feedback", "impact", "indicators", "journey"),
    *("plots", "report"),
)
PAGES = {
    "README.md": "index.md",
    "README.zh-CN.md": "zh.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "LICENSE": "license.md",
    "benchmarks/README.md": "running_benchmarks.md",
}
SCRIPTS = ("examples/", "benchmarks/")
PROOFS = "benchmarks/proofs/"
LINK = re.compile(r"(?<=\]\()(?!#|[a-z]+:)([^)#\s]+)")


def page_of(source: str) -> str:
    """Return the page that shows a file of the repository."""
    if source in PAGES:
        return PAGES[source]
    if source.startswith("docs/"):
        return source.removeprefix("docs/")
    if source.startswith(PROOFS) and source.endswith(".md"):
        return source
    if source.startswith(SCRIPTS) and source.endswith(".py"):
        return source.removesuffix(".py") + ".md"
    raise ValueError(f"{source} is linked to, but the site has no page for it; add it to PAGES")


def with_page_links(text: str, source: str) -> str:
    """Turn links between files of the repository into links between pages."""
    page = page_of(source)

    def link(match: re.Match[str]) -> str:
        target = normpath(str(PurePosixPath(source).parent / match[1]))
        return relpath(page_of(target), str(PurePosixPath(page).parent))

    return LINK.sub(link, text)


def public_names() -> dict[str, str]:
    """Return the module of every public name, by the name in its room: cemkit.clv.BetaGeoModel."""
    return {
        f"cemkit.{room}.{name}": getattr(module, name).__module__
        for room in ROOMS
        for module in [importlib.import_module(f"cemkit.{room}")]
        for name in module.__all__
        if not isinstance(getattr(module, name), ModuleType)
    }


def drawing_names() -> list[str]:
    """Return the functions that draw, which `cemkit.plots` has in one module per room."""
    return [
        f"{module.__name__}.{name}"
        for room in importlib.import_module("cemkit.plots").__all__
        for module in [importlib.import_module(f"cemkit.plots.{room}")]
        for name, value in vars(module).items()
        if not name.startswith("_") and getattr(value, "__module__", "") == module.__name__
    ]


def reference_pages() -> dict[str, str]:
    """Return the API reference, one page per room."""
    names: dict[str, list[str]] = defaultdict(list)
    for name, module in public_names().items():
        names[name.split(".")[1]].append(f"{module}.{name.rsplit('.', 1)[1]}")
    names["plots"] = drawing_names()
    errors = importlib.import_module("cemkit.errors")
    names["errors"] = [
        f"cemkit.errors.{name}"
        for name, value in vars(errors).items()
        if getattr(value, "__module__", "") == "cemkit.errors"
    ]
    names["results"] = ["cemkit.results.Result", "cemkit.pictures.Drawn"]
    return {
        f"reference/{room}.md": "\n\n".join(
            [f"# {room.capitalize()}", *(f"::: {name}" for name in names[room])]
        )
        for room in (*ROOMS, "results", "errors")
    }


def generated_pages() -> dict[str, str]:
    """Return every page made here: its path in the site and its text."""
    pages = {
        page: with_page_links((ROOT / source).read_text("utf-8"), source)
        for source, page in PAGES.items()
        if (ROOT / source).exists()
    }
    for script in sorted(path for folder in SCRIPTS for path in (ROOT / folder).glob("*.py")):
        page = page_of(script.relative_to(ROOT).as_posix())
        pages[page] = f"# {script.name}\n\n```python\n{script.read_text('utf-8')}```\n"
    for table in sorted((ROOT / PROOFS).glob("*.md")):
        source = table.relative_to(ROOT).as_posix()
        pages[page_of(source)] = with_page_links(table.read_text("utf-8"), source)
    return pages | reference_pages()


def on_config(config: Any) -> Any:
    """Add the API reference to the navigation."""
    reference = [page for page in generated_pages() if page.startswith("reference/")]
    titles = [PurePosixPath(page).stem.capitalize() for page in reference]
    nav = [{title: page} for title, page in zip(titles, reference, strict=True)]
    config.nav.insert(3, {"API reference": nav})
    return config


def on_files(files: Any, config: Any) -> Any:
    """Add the pages to the site."""
    from mkdocs.structure.files import File

    for page, text in generated_pages().items():
        files.append(File.generated(config, page, content=text))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let pages of docs/ link to files outside docs/, as they do in the repository."""
    if page.file.generated_by:
        return markdown
    return with_page_links(markdown, f"docs/{page.file.src_uri}")


QUESTIONS = {
    "What did customers do?": ("data", "proportions"),
    "Who are they?": ("segmentation",),
    "What will they do?": ("churn", "clv", "forecasting", "recommendation"),
    "What to offer whom?": ("promotion", "targeting"),
    "What came of it?": ("experiments", "impact", "indicators", "feedback", "journey"),
    "How to show it?": ("plots", "report"),
}
INTRODUCTION = """# cemkit

> Customer experience management in Python: a table of orders becomes segments, predictions,
> promotions and their measured effect. Tables are pandas DataFrames with fixed column names;
> orders may also be Polars, PyArrow, DuckDB, Dask or PySpark. Estimators keep scikit-learn's
> contract. Results print a sentence, and have `.sentence(language)`, `.table` and `.plot()`.

Start with `prepare_orders(raw, ...)`, then `customer_table(orders, as_of)`: every model takes that
table. `as_of` is the last day seen, and is always given. Names are imported from their room, as in
`from cemkit.clv import BetaGeoModel`. Below, each call is followed by what it answers.
"""


def value_of(path: str) -> Any:
    """Return what has this full name."""
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def first_line(value: object) -> str:
    """Return the first line of a docstring."""
    return (inspect.getdoc(value) or "").partition("\n")[0]


def call_line(name: str, value: Any) -> str:
    """Return a call with the names of its arguments, and the first line of its docstring."""
    names = [one for one in inspect.signature(value).parameters if one not in {"self", "cls"}]
    return f"- `{name}({', '.join(names)})`: {first_line(value)}"


def method_lines(kind: type) -> list[str]:
    """Return the calls of an estimator that have a docstring of their own, but for its fit."""
    lines = []
    for name in dir(kind):
        value = inspect.getattr_static(kind, name)
        plain = inspect.isfunction(value) and value.__module__.startswith("cemkit.")
        if plain and not name.startswith("_") and name != "fit" and first_line(value):
            lines.append(f"  {call_line('.' + name, value)}")
    return lines


def room_lines(room: str) -> list[str]:
    """Return the calls of a room, functions first, then estimators, then what comes back."""
    from cemkit.results import Result

    if room == "plots":
        return [call_line(name, value_of(name)) for name in drawing_names()]
    module = importlib.import_module(f"cemkit.{room}")
    values = {name: getattr(module, name) for name in module.__all__}
    classes = {name: value for name, value in values.items() if inspect.isclass(value)}
    results = {name: value for name, value in classes.items() if issubclass(value, Result)}
    lines = [call_line(name, value) for name, value in values.items() if inspect.isfunction(value)]
    for name, value in classes.items():
        if name not in results:
            lines += [call_line(name, value), *method_lines(value)]
    return [*lines, *(f"- `{name}`: {first_line(value)}" for name, value in results.items())]


def assistants_text() -> str:
    """Return docs/llms.txt: which call answers which question, in the order of the loop."""
    parts = [INTRODUCTION]
    for question, rooms in QUESTIONS.items():
        parts.append(f"## {question}\n")
        for room in rooms:
            about = first_line(importlib.import_module(f"cemkit.{room}"))
            parts.append("\n".join([f"### cemkit.{room}: {about}\n", *room_lines(room), ""]))
    return "\n".join(parts)


if __name__ == "__main__":
    (ROOT / "docs/llms.txt").write_text(assistants_text(), "utf-8")
