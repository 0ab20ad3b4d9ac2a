"""Text that the font in use cannot draw gets one that can, or a warning."""

import warnings
from pathlib import Path
from types import SimpleNamespace

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from fontTools.fontBuilder import FontBuilder
from fontTools.pens.ttGlyphPen import TTGlyphPen
from matplotlib import font_manager

from cemkit.errors import CemkitWarning
from cemkit.plots import fonts
from cemkit.plots.segmentation import segment_bars

PROFILE = pd.DataFrame({"share": [1.0], "revenue_share": [1.0]}, index=["冠军客户"])


def square() -> object:
    """Return a glyph that is a filled square."""
    pen = TTGlyphPen(None)
    pen.moveTo((100, 0))
    for corner in ((100, 800), (900, 800), (900, 0)):
        pen.lineTo(corner)
    pen.closePath()
    return pen.glyph()


def built_font(path: Path, family: str, characters: str) -> Path:
    """Write a font that has these characters, all of them squares."""
    names = [".notdef", *(f"uni{ord(character):04X}" for character in characters)]
    builder = FontBuilder(1000, isTTF=True)
    builder.setupGlyphOrder(names)
    builder.setupCharacterMap({ord(c): n for c, n in zip(characters, names[1:], strict=True)})
    builder.setupGlyf({name: square() for name in names})
    builder.setupHorizontalMetrics(dict.fromkeys(names, (1000, 0)))
    builder.setupHorizontalHeader(ascent=800, descent=-200)
    builder.setupNameTable({"familyName": family, "styleName": "Regular"})
    builder.setupOS2()
    builder.setupPost()
    builder.save(path)
    return path


@pytest.fixture
def fonts_installed(monkeypatch: pytest.MonkeyPatch) -> object:
    """Return a function that installs fonts in place of those of the machine that have Chinese."""
    manager = font_manager.fontManager
    others = [e for e in manager.ttflist if not e.name.startswith(fonts.FAMILIES)]
    monkeypatch.setattr(manager, "ttflist", others)

    def install(*paths: Path) -> None:
        for path in paths:
            manager.addfont(path)

    return install


def test_the_font_with_most_of_the_characters_is_taken(tmp_path, fonts_installed) -> None:
    fonts_installed(
        built_font(tmp_path / "some.ttf", "Noto Sans CJK Some", "冠军"),
        built_font(tmp_path / "all.ttf", "SimHei", "冠军客户"),
        built_font(tmp_path / "other.ttf", "Unknown Family", "冠军客户"),
    )
    before = dict(plt.rcParams)
    ax = segment_bars(PROFILE)
    [label] = ax.get_yticklabels()
    assert label.get_text() == "冠军客户"
    assert label.get_fontfamily() == [*plt.rcParams["font.family"], "SimHei"]
    assert ax.title.get_fontfamily() == plt.rcParams["font.family"]
    ax.figure.canvas.draw()  # a glyph that is missing would be a warning, and so an error
    assert dict(plt.rcParams) == before


def test_a_font_of_the_user_that_has_the_characters_is_kept(tmp_path, fonts_installed) -> None:
    fonts_installed(
        built_font(tmp_path / "own.ttf", "Own Family", "冠军客户"),
        built_font(tmp_path / "other.ttf", "SimHei", "冠军客户"),
    )
    with plt.rc_context({"font.family": ["DejaVu Sans", "Own Family"]}):
        [label] = segment_bars(PROFILE).get_yticklabels()
    assert label.get_fontfamily() == ["DejaVu Sans", "Own Family"]


def test_without_a_font_one_warning_says_what_to_install(fonts_installed) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        segment_bars(PROFILE)
    [text] = [str(warning.message) for warning in caught if warning.category is CemkitWarning]
    assert text.startswith("no installed font can draw '军冠客户'")
    assert "Noto Sans CJK" in text


def test_a_family_that_is_not_installed_has_no_characters() -> None:
    text = SimpleNamespace(get_fontfamily=lambda: ["No Such Family"])
    assert fonts._characters_of(text) == set()
