"""Every picture looks as its reference image, where matplotlib is the version that drew it."""

import importlib.util
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

HERE = Path(__file__).parent
SPEC = importlib.util.spec_from_file_location("references", HERE / "references.py")
references = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(references)
DRAWINGS = references.drawings()
FAR = 1.5  # of 255; the same picture is 0 away, one that lacks a line about 2
REMAKE = "python tests/plots/references.py"

pytestmark = pytest.mark.exhaustive


@pytest.mark.parametrize("name", DRAWINGS.FUNCTIONS)
def test_it_looks_as_its_reference(name: str, tmp_path: Path) -> None:
    recorded = references.VERSION.read_text().strip()
    if references.version() != recorded:
        pytest.skip(f"the reference images are of {recorded}, and this is {references.version()}")
    path = references.FOLDER / f"{name}.png"
    assert path.exists(), f"there is no reference image: {REMAKE} {name}"
    found = references.drawn(DRAWINGS, name)
    far = references.apart(Image.open(path), found)
    if far > FAR:
        found.save(tmp_path / "found.png")
        pytest.fail(
            f"{tmp_path / 'found.png'} is {far:.1f} away from {path}; if it should: {REMAKE}"
        )


def test_every_reference_is_of_a_picture() -> None:
    assert {path.stem for path in references.FOLDER.glob("*.png")} <= set(DRAWINGS.FUNCTIONS)


def test_all_references_together_are_small() -> None:
    assert sum(path.stat().st_size for path in references.FOLDER.iterdir()) < 1.5e6


def test_a_line_that_is_missing_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    name = "proportions.sample_size"
    draw = DRAWINGS.FUNCTIONS[name]
    whole = references.drawn(DRAWINGS, name)

    def without_a_line(*arguments: Any, **options: Any) -> Any:
        ax = draw(*arguments, **options)
        ax.lines[0].remove()
        return ax

    assert references.apart(whole, references.drawn(DRAWINGS, name)) == 0
    monkeypatch.setitem(DRAWINGS.FUNCTIONS, name, without_a_line)
    assert FAR < references.apart(whole, references.drawn(DRAWINGS, name)) < 20
