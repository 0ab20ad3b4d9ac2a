"""The words of the house: readers should not meet those that must be read twice."""

import re
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
