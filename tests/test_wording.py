"""The words of the house: readers should not meet those that must be read twice."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# What to write instead stands beside each.
INSTEAD = {
    r"foret(?:old|ells?)": "predicted, predicts",
    r"\bfor ever\b": "without end, indefinitely",
    r"\bsave where\b": "except where",
    r"\bfor it is\b": "because it is",
    r"\blearnt from\b": "trained on",
    r"\btells? of\b|\btold of\b|\bis told\b": "reports",
    r"\bwhoever\b": "anyone who, customers who",
    r"\bdearer\b": "more expensive",
    r"\bseldom\b": "rarely",
    r"\bnone at all\b": "no ...",
    r"\banother than\b": "other than",
    r"\bthat are none\b": "values that are not ...",
    r"\bSee there\b": "the sentence itself",
}
TEXTS = [
    *ROOT.glob("*.md"),
    *ROOT.glob("src/**/*.py"),
    *ROOT.glob("docs/**/*.md"),
    *ROOT.glob("docs/cases/*.py"),
    *ROOT.glob("examples/*.py"),
    *ROOT.glob("benchmarks/**/*.md"),
    *ROOT.glob("benchmarks/**/*.py"),
]


@pytest.mark.parametrize("words", INSTEAD)
def test_nobody_has_to_read_these_words_twice(words: str) -> None:
    found = [
        f"{path.relative_to(ROOT)}: {match[0]}"
        for path in TEXTS
        for match in re.finditer(words, path.read_text("utf-8"), re.IGNORECASE)
    ]
    assert not found, f"write {INSTEAD[words]!r} instead: {found}"


# A public docstring says what the function does, and its arguments stand on their own.
NOT_IMPERATIVE = re.compile(r"(The|An?|How|What|Whether|Which|Where|When|Expected)\b")
FRAGMENTS = re.compile(
    r"(As in|As `|How (many|often|much|far|long)|Of |Seed\.|See |Their |Those |Its |What |Which )"
)
SECTION = re.compile(r"^(Args|Attributes):\n((?:    .*\n|\n)+)", re.MULTILINE)


def exported(stub: Path) -> set[str]:
    imports = [n for n in ast.parse(stub.read_text("utf-8")).body if isinstance(n, ast.ImportFrom)]
    return {alias.asname or alias.name for n in imports for alias in n.names}


def public() -> Iterator[tuple[str, ast.FunctionDef | ast.ClassDef, str]]:
    """Give each exported class, function and documented method: where, what, its docstring."""
    for stub in sorted(ROOT.glob("src/cemkit/*/__init__.pyi")):
        names = exported(stub)
        for path in sorted(stub.parent.rglob("*.py")):
            for node in ast.parse(path.read_text("utf-8")).body:
                if isinstance(node, ast.ClassDef | ast.FunctionDef) and node.name in names:
                    methods = node.body if isinstance(node, ast.ClassDef) else []
                    for one in [node, *methods]:
                        if isinstance(one, ast.ClassDef | ast.FunctionDef) and one.name[0] != "_":
                            where = f"{path.relative_to(ROOT)} {node.name}.{one.name}"
                            yield where, one, ast.get_docstring(one) or ""


def is_property(node: ast.FunctionDef) -> bool:
    return any("property" in ast.unparse(decorator) for decorator in node.decorator_list)


def arguments(docstring: str) -> Iterator[tuple[str, str]]:
    """Give each name of the sections Args and Attributes with its description."""
    for _, body in SECTION.findall(docstring + "\n"):
        for item in re.split(r"\n(?=    \w)", "\n" + body.rstrip()):
            name, _, said = item.strip().partition(": ")
            if said:
                yield name, " ".join(said.split())


def is_whole(name: str, said: str) -> bool:
    """Whether a description stands on its own: capital, end, three words, no 'As in'."""
    long_enough = len(said.split()) > 2 or name == "y"
    ends = said.endswith(".") or "- " in said
    return long_enough and ends and not said[0].islower() and not FRAGMENTS.match(said)


def test_functions_say_what_they_do() -> None:
    found = [
        f"{where}: {said.splitlines()[0]}"
        for where, node, said in public()
        if isinstance(node, ast.FunctionDef) and not is_property(node)
        if NOT_IMPERATIVE.match(said)
    ]
    assert not found, f"begin with a verb, as in 'Return ...': {found}"


def test_results_say_what_they_hold() -> None:
    found = [where for where, _, said in public() if re.match(r"What `\w+` found", said)]
    assert not found, f"name the thing, as in 'Rates of a funnel, from `funnel`.': {found}"


def test_arguments_stand_on_their_own() -> None:
    found = [
        f"{where}: {name}: {said}"
        for where, _, docstring in public()
        for name, said in arguments(docstring)
        if not is_whole(name, said)
    ]
    assert not found, f"write a sentence or a noun phrase of three words or more: {found}"
