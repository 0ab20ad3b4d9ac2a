"""Every Python block of the README and the guide runs, and prints what the page says it prints."""

import contextlib
import importlib.util
import io
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]
PAGES = [*READMES, *sorted((ROOT / "docs/guide").glob("*.md"))]
LINKED = [
    *PAGES,
    ROOT / "CONTRIBUTING.md",
    ROOT / "docs/benchmarks.md",
    ROOT / "benchmarks/README.md",
]


def loaded(name: str) -> ModuleType:
    """Return a script of the documentation as a module."""
    spec = importlib.util.spec_from_file_location(name, ROOT / f"docs/{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


HOOKS, PICTURES = loaded("hooks"), loaded("pictures")

BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"\]\((?!#|[a-z]+:)([^)#\s]+)")

every_page = pytest.mark.parametrize("page", PAGES, ids=lambda p: p.relative_to(ROOT).as_posix())


def blocks(page: Path) -> list[tuple[str, str]]:
    """Return the language and text of each fenced block."""
    return BLOCK.findall(page.read_text("utf-8"))


@every_page
def test_python_blocks_run_and_print_what_follows(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, object] = {"__name__": "__main__"}
    printed = ""
    for language, text in blocks(page):
        if language == "python":
            with contextlib.redirect_stdout(io.StringIO()) as out:
                exec(compile(text, page.name, "exec"), namespace)
            printed = out.getvalue()
        elif language == "text":
            assert [line.rstrip() for line in printed.strip().splitlines()] == [
                line.rstrip() for line in text.strip().splitlines()
            ]


def test_what_assistants_read_is_the_reference() -> None:
    stored = (ROOT / "docs/llms.txt").read_text("utf-8")
    assert stored == loaded("hooks").assistants_text(), "it is stale; run: python docs/hooks.py"


def test_assistants_find_every_public_name() -> None:
    page = loaded("hooks")
    text = page.assistants_text()
    assert sorted(room for rooms in page.QUESTIONS.values() for room in rooms) == sorted(page.ROOMS)
    for name in page.public_names():
        assert re.search(rf"^- `{name.rsplit('.', 1)[1]}[`(]", text, re.MULTILINE), name
    for name in page.drawing_names():
        assert f"- `{name}(" in text
    assert not re.search(r": *$", text, re.MULTILINE)  # a call without an answer


def test_both_readmes_show_the_same_code_and_commands() -> None:
    english, chinese = (
        [block for block in blocks(readme) if block[0] in {"python", "bash"}] for readme in READMES
    )
    assert english == chinese
    assert [language for language, _ in english].count("bash") == 2
    assert "python" in dict(english)


@pytest.mark.parametrize("page", LINKED, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_links_to_files_lead_somewhere(page: Path) -> None:
    for target in LINK.findall(page.read_text("utf-8")):
        assert (page.parent / target).exists(), target


def test_every_picture_is_on_a_page_and_drawn_by_it() -> None:
    pages = [*PAGES, *(ROOT / "docs").glob("*.md")]
    shown = {
        (page.parent / link).resolve()
        for page in pages
        for link in LINK.findall(page.read_text("utf-8"))
    }
    assert set((ROOT / "docs/images").iterdir()) <= shown
    for page in (ROOT / "docs/guide").glob("*.md"):
        code = ""
        for step in PICTURES.STEP.finditer(page.read_text("utf-8")):
            code = code if step["code"] is None else step["code"]
            if step["image"] and page.name != "report.md":  # its pictures are of the browser
                assert "plot" in code, step["image"]


def test_no_example_writes_into_the_documentation() -> None:
    for example in (ROOT / "examples").glob("*.py"):
        assert "docs/" not in example.read_text("utf-8"), example.name


def test_every_public_name_has_a_page_that_says_how_it_is_imported_and_called() -> None:
    pages = HOOKS.reference_pages()
    for name in HOOKS.public_names():
        module, own = name.rsplit(".", 1)
        page = pages[HOOKS.reference_page(name)]
        assert page.startswith(f"# {own}\n\n`from {module} import {own}`"), name
        room = module.removeprefix("cemkit.")
        assert f"[`{own}`]({own}.md)" in pages[f"reference/{room}/index.md"], name


@pytest.mark.parametrize(
    ("name", "call"),
    [
        ("cemkit.data.load_cdnow", "load_cdnow(part='master', *, form='orders')"),
        ("cemkit.clv.BetaGeoModel", "BetaGeoModel(covariates=None, clock=None)"),
        ("cemkit.promotion.coupons_for_returns", ", as_of, *, rules=..., issued=None)"),
        ("cemkit.clv.forecast_customer_base", "    as_of,\n    *,\n    horizon_days,"),
    ],
)
def test_calls_are_shown_short(name: str, call: str) -> None:
    assert call in HOOKS.call_of(name)


def test_every_picture_of_the_gallery_comes_from_the_code_below_it() -> None:
    page = HOOKS.gallery_page()
    for name in HOOKS.drawing_names():
        assert HOOKS.example_of(name), name
        assert HOOKS.example_of(name) in page, name
        assert f"gallery/{name.removeprefix('cemkit.plots.')}.dark.png#only-dark" in page, name
