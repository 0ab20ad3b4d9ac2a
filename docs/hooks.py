"""Pages that are made from files outside docs/: the README and its like, and the API reference."""

from __future__ import annotations

import re
from collections import defaultdict
from pathlib import Path, PurePosixPath
from posixpath import normpath, relpath
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = ("data", "segmentation", "prediction", "promotion", "measurement", "plots", "report")
PAGES = {
    "README.md": "index.md",
    "README.zh-CN.md": "zh.md",
    "CHANGELOG.md": "changelog.md",
    "CONTRIBUTING.md": "contributing.md",
    "LICENSE": "license.md",
    "benchmarks/README.md": "running_benchmarks.md",
}
SCRIPTS = ("examples/", "benchmarks/")
LINK = re.compile(r"(?<=\]\()(?!#|[a-z]+:)([^)#\s]+)")


def page_of(source: str) -> str:
    """Return the page that shows a file of the repository."""
    if source in PAGES:
        return PAGES[source]
    if source.startswith("docs/"):
        return source.removeprefix("docs/")
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


def reference_pages(home: dict[str, str]) -> dict[str, str]:
    """Return the API reference, one page per folder of the loop, from name -> module."""
    names: dict[str, list[str]] = defaultdict(list)
    for name, module in home.items():
        part = module.split(".")[1]
        names[part if part in FOLDERS else "base"].append(f"{module}.{name}")
    for part in ("plots", "report"):
        if part not in names:  # optional parts are used by their own path
            names[part] = list(optional_functions(part))
    return {
        f"reference/{part}.md": "\n\n".join(
            [f"# {part.capitalize()}", *(f"::: {name}" for name in names[part])]
        )
        for part in ("base", *FOLDERS)
        if names[part]
    }


def optional_functions(part: str) -> list[str]:
    """Return the public functions of an optional part, which `_HOME` does not list."""
    found = []
    for path in sorted((ROOT / "src/cemkit" / part).rglob("*.py")):
        module = ".".join(path.relative_to(ROOT / "src").with_suffix("").parts)
        module = module.removesuffix(".__init__")
        found += [
            f"{module}.{name}"
            for name in re.findall(
                r"^(?:def|class) ([a-zA-Z]\w*)", path.read_text("utf-8"), re.MULTILINE
            )
        ]
    return found


def generated_pages() -> dict[str, str]:
    """Return every page made here: its path in the site and its text."""
    from cemkit import _HOME

    pages = {
        page: with_page_links((ROOT / source).read_text("utf-8"), source)
        for source, page in PAGES.items()
        if (ROOT / source).exists()
    }
    for script in sorted(path for folder in SCRIPTS for path in (ROOT / folder).glob("*.py")):
        page = page_of(script.relative_to(ROOT).as_posix())
        pages[page] = f"# {script.name}\n\n```python\n{script.read_text('utf-8')}```\n"
    return pages | reference_pages(_HOME)


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
