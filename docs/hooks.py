"""Pages made from files outside docs/: the README and its like, reference, gallery, evidence."""

from __future__ import annotations

import ast
import doctest
import importlib
import inspect
import io
import re
import sys
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from types import ModuleType
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent))  # hooks are loaded by their path
import chinese

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
    "CODE_OF_CONDUCT.md": "code_of_conduct.md",
    "SECURITY.md": "security.md",
    "LICENSE": "license.md",
    "benchmarks/README.md": "running_benchmarks.md",
}
SCRIPTS = ("examples/", "benchmarks/")
CASES = "docs/cases/"
PROOFS = "benchmarks/proofs/"
LINK = re.compile(r"(?<=\]\()(?!#|[a-z]+:)([^)#\s]+)")
STYLES = {"light": "default", "dark": "dark_background"}
CODE_WIDTH = 80
SOURCE = re.compile(r"\b(against|R's|scipy|statsmodels|Fader|mpmath|enumeration)\b", re.IGNORECASE)
NAMES = {
    "RFM segments RFM 分群": "SEGMENTS",
    "Stages 阶段": "STAGES",
    "Value tiers 价值层": "VALUE_TIERS",
    "Indicators 指标": "INDICATORS",
    "Parts of a change of revenue 销售额变化的构成": "COMPONENTS",
    "Scores 评分": "SCORES",
    "Quadrants of drivers 驱动因素的象限": "QUADRANTS",
    "Steps of a journey 旅程的步骤": "JOURNEY_STAGES",
    "Channels 渠道": "CHANNELS",
}
CALLED = ("Estimators", "Functions")
KINDS = (*CALLED, "Results and tables", "Errors")


def page_of(source: str) -> str:
    """Return the page that shows a file of the repository."""
    if source in PAGES:
        return PAGES[source]
    if source.startswith(CASES) and source.endswith(".py"):
        return source.removeprefix("docs/").removesuffix(".py") + ".md"
    if source.startswith("docs/"):
        return source.removeprefix("docs/")
    if source.startswith(PROOFS) and source.endswith(".md"):
        return source
    if source.startswith(SCRIPTS) and source.endswith(".py"):
        return source.removesuffix(".py") + ".md"
    raise ValueError(f"{source} is linked to, but the site has no page for it; add it to PAGES")


def with_page_links(text: str, source: str) -> str:
    """Turn links between files of the repository into links between pages of one language."""
    page = page_of(source)

    def link(match: re.Match[str]) -> str:
        target = page_of(normpath(str(PurePosixPath(source).parent / match[1])))
        if chinese.is_chinese(page):
            target = chinese.nearest(target)
        return relpath(target, str(PurePosixPath(page).parent))

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


@cache
def reference_names() -> dict[str, dict[str, str]]:
    """Return for each room the names that users import, with what is documented under each."""
    names: dict[str, dict[str, str]] = {room: {} for room in (*ROOMS, "results", "errors")}
    for name, module in public_names().items():
        names[name.split(".")[1]][name] = f"{module}.{name.rsplit('.', 1)[1]}"
    names["plots"] |= {name: name for name in drawing_names()}
    names["results"] = {name: name for name in ("cemkit.results.Result", "cemkit.pictures.Drawn")}
    errors = importlib.import_module("cemkit.errors")
    names["errors"] = {
        f"cemkit.errors.{name}": f"cemkit.errors.{name}"
        for name, value in vars(errors).items()
        if getattr(value, "__module__", "") == "cemkit.errors"
    }
    return names


def room_title(room: str) -> str:
    """Return a room's name as a title."""
    return {"clv": "Lifetime value", "sql": "SQL"}.get(room, room.capitalize())


def value_of(name: str) -> Any:
    """Return the object that a full name means."""
    module, _, own = name.rpartition(".")
    return getattr(importlib.import_module(module), own)


def summary(name: str) -> str:
    """Return the first sentence of an object's docstring."""
    return (inspect.getdoc(value_of(name)) or "").split("\n\n")[0].replace("\n", " ")


def reference_page(name: str) -> str:
    """Return the page of a name: cemkit.plots.clv.tracking has that of plots and its module."""
    room, *rest = name.split(".")[1:]
    return f"reference/{room}/{'.'.join(rest)}.md"


def link_to(name: str, page: str) -> str:
    """Return a link from a page to that of a name; names of plots with the room they draw."""
    shown = name.removeprefix("cemkit.plots.") if ".plots." in name else name.rsplit(".", 1)[1]
    return f"[`{shown}`]({relpath(reference_page(name), str(PurePosixPath(page).parent))})"


def kind_of(name: str) -> str:
    """Return under which heading of its room a name stands."""
    value = value_of(name)
    if not inspect.isclass(value):
        return "Functions" if callable(value) else "Results and tables"
    if issubclass(value, Exception):
        return "Errors"
    return "Estimators" if hasattr(value, "fit") else "Results and tables"


def room_page(room: str) -> str:
    """Return the first page of a room: what it is for, and each name with its first sentence."""
    names, page = reference_names()[room], f"reference/{room}/index.md"
    module = importlib.import_module(f"cemkit.{room}")
    about = (inspect.getdoc(module) or "").split("\n\n")[0]
    parts = [f"# {room_title(room)}", about]
    for kind in KINDS:
        rows = [
            f"| {link_to(name, page)} | {summary(name).replace('|', chr(92) + '|')} |"
            for name in names
            if kind_of(name) == kind
        ]
        if rows:
            parts.append("\n".join([f"## {kind}", "", "| name | what |", "|---|---|", *rows]))
    return "\n\n".join(parts)


@cache
def mentioned() -> dict[str, set[str]]:
    """Return for each public name those whose docstrings mention it, or that it mentions."""
    links: dict[str, set[str]] = {
        name: set() for names in reference_names().values() for name in names
    }
    own = {name.rsplit(".", 1)[1]: name for name in reversed(links)}  # plots share some names
    for name, near in links.items():
        text = inspect.getdoc(value_of(name)) or ""
        for word in re.findall(r"`(?:\w+\.)*(\w+)[`(]", text):
            if word in own and own[word] != name:
                near.add(own[word])
                links[own[word]].add(name)
    return links


def call_of(name: str) -> str:
    """Return how a function or class is called, an argument a line where one line is too long."""
    own, signature = name.rsplit(".", 1)[1], inspect.signature(value_of(name))
    plain = [
        parameter.replace(annotation=parameter.empty, default=short(parameter.default))
        for parameter in signature.parameters.values()
    ]
    shown = signature.replace(parameters=plain, return_annotation=inspect.Signature.empty)
    line = f"{own}{shown}".replace("Ellipsis", "...")
    if len(line) <= CODE_WIDTH:
        return line
    return f"{own}(\n    " + ",\n    ".join(arguments(shown)) + ",\n)"


def short(default: Any) -> Any:
    """Return a default as it is shown: tables and functions are not."""
    return ... if "\n" in repr(default) or " at 0x" in repr(default) else default


def arguments(signature: inspect.Signature) -> list[str]:
    """Return the parameters as text, with the star before those that are given by name."""
    texts: list[str] = []
    for parameter in signature.parameters.values():
        if parameter.kind is parameter.KEYWORD_ONLY and "*" not in texts:
            texts.append("*")
        texts.append(str(parameter).replace("Ellipsis", "..."))
    return texts


def object_page(name: str, documented: str) -> str:
    """Return the page of one name: how it is imported, its docstring, and what is near it."""
    module, _, own = name.rpartition(".")
    head = importlib.import_module("cemkit")
    also = f", or `ck.{own}` after `import cemkit as ck`" if own in dir(head) else ""
    parts = [f"# {own}", f"`from {module} import {own}`{also}"]
    if kind_of(name) in CALLED:
        parts.append(f"```python\n{call_of(name)}\n```")
    if name.startswith("cemkit.plots."):
        parts.append(picture(name, reference_page(name)))
    parts.append(f"::: {documented}")
    page = reference_page(name)
    near = [f"- {link_to(other, page)}: {summary(other)}" for other in sorted(mentioned()[name])]
    if near:
        parts.append("\n".join(["## See also", "", *near]))
    return "\n\n".join(parts)


@cache
def reference_pages() -> dict[str, str]:
    """Return the API reference: a page per room and a page per name."""
    return {f"reference/{room}/index.md": room_page(room) for room in reference_names()} | {
        reference_page(name): object_page(name, documented)
        for names in reference_names().values()
        for name, documented in names.items()
    }


def example_of(name: str) -> str:
    """Return the code of the example in a docstring."""
    examples = doctest.DocTestParser().get_examples(inspect.getdoc(value_of(name)) or "")
    return "".join(example.source for example in examples)


def picture(name: str, page: str) -> str:
    """Return the picture of a function that draws, as a page shows it in light and in dark."""
    path = relpath(f"gallery/{name.removeprefix('cemkit.plots.')}", str(PurePosixPath(page).parent))
    return "\n".join(f"![{summary(name)}]({path}.{style}.png#only-{style})" for style in STYLES)


def gallery_page() -> str:
    """Return every picture with its code."""
    parts = [
        "# Gallery",
        "Every picture of `cemkit.plots`, drawn by the code below it. A result or a fitted "
        "estimator that has a picture draws itself with `.plot()`.",
    ]
    for name in drawing_names():
        room, own = name.split(".")[2:]
        heading = f"## {room_title(room)}"
        if heading not in parts:
            parts.append(heading)
        code = f"```python\n{example_of(name)}```"
        parts += [f"### {own.replace('_', ' ').capitalize()}", picture(name, "gallery.md")]
        parts += [f"{summary(name)} See {link_to(name, 'gallery.md')}.", code]
    return "\n\n".join(parts)


def drawn(name: str) -> bytes:
    """Return as PNG what the example in a docstring draws."""
    import matplotlib.pyplot as plt

    namespace = dict(vars(importlib.import_module(name.rpartition(".")[0])))
    exec(compile(example_of(name), name, "exec"), namespace)
    file = io.BytesIO()
    plt.gcf().savefig(file, dpi=100, transparent=True)
    plt.close("all")
    return file.getvalue()


def gallery_pictures() -> Iterator[tuple[str, bytes]]:
    """Yield the path and the PNG of every picture, in light and in dark."""
    import matplotlib.pyplot as plt

    plt.switch_backend("Agg")
    for style, sheet in STYLES.items():
        with plt.style.context(sheet):
            for name in drawing_names():
                path = f"gallery/{name.removeprefix('cemkit.plots.')}.{style}.png"
                yield path, drawn(name)


def evidence_page() -> str:
    """Return which tests compare with which sources, and the tables of the simulations."""
    parts = [
        "# Evidence",
        "Every capability is tested against an independent source. Below are the test files that "
        "name the program, paper or high-precision calculation that they compare with, and the "
        "simulations that show how often intervals hold the truth. Speed is measured in the "
        "[benchmarks](benchmarks.md).",
    ]
    for room in ROOMS:
        files = sorted((ROOT / "tests" / room).rglob("test_*.py"))
        about = {
            path: ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "" for path in files
        }
        rows = [
            f"| `{path.relative_to(ROOT).as_posix()}` | {text.splitlines()[0]} |"
            for path, text in about.items()
            if SOURCE.search(text)
        ]
        if rows:
            parts.append("\n".join([f"## {room_title(room)}", "", "| test | what |", "|---|---|"]))
            parts[-1] += "\n" + "\n".join(rows)
    proofs = [
        f"- [{path.stem.replace('_', ' ').capitalize()}]({PROOFS}{path.name})"
        for path in sorted((ROOT / PROOFS).glob("*.md"))
    ]
    return "\n\n".join([*parts, "## Simulations", "\n".join(proofs)])


def names_of_the_catalogue() -> str:
    """Return the names that results show, in English and in Chinese."""
    catalogue = importlib.import_module("cemkit.catalogue")
    english, chinese = catalogue.words("en"), catalogue.words("zh")
    parts = []
    for heading, name in NAMES.items():
        rows = [
            f"| {text} | {getattr(chinese, name)[key]} |"
            for key, text in getattr(english, name).items()
        ]
        parts.append("\n".join([f"### {heading}", "", "| English | 中文 |", "|---|---|", *rows]))
    return "\n\n".join(parts)


def generated_pages() -> dict[str, str]:
    """Return every page made here: its path in the site and its text."""
    pages = {
        page: with_page_links((ROOT / source).read_text("utf-8"), source)
        for source, page in PAGES.items()
        if (ROOT / source).exists()
    }
    pages["zh.md"] = chinese.joined(pages["zh.md"])
    for script in sorted(path for folder in SCRIPTS for path in (ROOT / folder).glob("*.py")):
        page = page_of(script.relative_to(ROOT).as_posix())
        pages[page] = f"# {script.name}\n\n```python\n{script.read_text('utf-8')}```\n"
    for table in sorted((ROOT / PROOFS).glob("*.md")):
        source = table.relative_to(ROOT).as_posix()
        pages[page_of(source)] = with_page_links(table.read_text("utf-8"), source)
    made = {"gallery.md": gallery_page(), "evidence.md": evidence_page()}
    return pages | made | reference_pages()


def on_config(config: Any) -> Any:
    """Add the gallery and the API reference, rooms as sections, to the navigation."""
    rooms = [
        {room_title(room): [f"reference/{room}/index.md", *map(reference_page, names)]}
        for room, names in reference_names().items()
    ]
    config.nav[4:4] = [{"Gallery": "gallery.md"}, {"API reference": rooms}]
    return chinese.with_navigation(config)


def on_files(files: Any, config: Any) -> Any:
    """Add the pages and the pictures to the site."""
    from mkdocs.structure.files import File

    for path, content in (*generated_pages().items(), *gallery_pictures()):
        files.append(File.generated(config, path, content=content))
    return files


def on_page_markdown(markdown: str, page: Any, **_: Any) -> str:
    """Let pages of docs/ link to files outside docs/, as they do in the repository."""
    if page.file.generated_by:
        return markdown
    source = f"docs/{page.file.src_uri}"
    if chinese.is_chinese(page.file.src_uri):
        markdown = chinese.whole(markdown, page.file.src_uri)
    if chinese.english_of(page.file.src_uri) == "glossary.md":
        markdown += "\n" + names_of_the_catalogue()
    return with_page_links(markdown, source)


def on_page_context(context: Any, page: Any, config: Any, **_: Any) -> Any:
    """Let the theme speak the language of the page, and lead to the same page in the other."""
    own = page.file.src_uri
    config.theme["language"] = "zh" if chinese.is_chinese(own) else "en"
    config.extra["alternate"] = chinese.languages(own)
    return context


def on_post_page(output: str, **_: Any) -> str:
    """Leave out of the head what makes the theme ask for a map of the site in every language."""
    return chinese.ALTERNATE.sub("", output)


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
