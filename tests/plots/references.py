"""Reference images of every picture: `python tests/plots/references.py [beginnings of names]`.

Draws the sample of every picture again and writes it to `tests/plots/references/`, with the version
of matplotlib and of its FreeType. Look at what changed before you commit it. With beginnings of
names, such as `churn.` or `clv.tracking`, only these are drawn. Images of pictures that are no more
are removed.
"""

import importlib.util
import io
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import matplotlib as mpl
import matplotlib.pyplot as plt
import numpy as np
from matplotlib import ft2font
from PIL import Image

FOLDER = Path(__file__).parent / "references"
VERSION = FOLDER / "version.txt"
LOOK: dict[str, Any] = {"font.family": "DejaVu Sans", "savefig.dpi": 40}  # the font of matplotlib
INKS = 48  # colours of an image
GROUPS, SCALE = 3, 1.0


def drawings() -> ModuleType:
    """Return the tests that have a sample of every picture."""
    path = Path(__file__).with_name("test_drawings.py")
    spec = importlib.util.spec_from_file_location("drawings", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def version() -> str:
    """Return what draws: with another FreeType, letters differ in every pixel."""
    return f"matplotlib {mpl.__version__}, FreeType {ft2font.__freetype_version__}"


def drawn(pictures: ModuleType, name: str) -> Image.Image:
    """Return a picture of its sample, as a small image of few colours."""
    with plt.style.context("default"), plt.rc_context(LOOK):
        arguments, options = pictures.sample(name, GROUPS, SCALE)
        ax = pictures.FUNCTIONS[name](*arguments, **options)
        written = io.BytesIO()
        ax.figure.savefig(written, format="png", metadata={"Software": None})
        plt.close(ax.figure)
    return Image.open(written).convert("RGB").quantize(INKS, dither=Image.Dither.NONE)


def apart(one: Image.Image, other: Image.Image) -> float:
    """Return how far two images are apart: the root mean square of their differences, 0 to 255."""
    first, second = (np.asarray(image.convert("RGB"), dtype=float) for image in (one, other))
    if first.shape != second.shape:
        return float("inf")
    return float(np.sqrt(np.mean((first - second) ** 2)))


def main(beginnings: list[str]) -> None:
    pictures = drawings()
    FOLDER.mkdir(exist_ok=True)
    for path in FOLDER.glob("*.png"):
        if path.stem not in pictures.FUNCTIONS:
            path.unlink()
    for name in pictures.FUNCTIONS:
        if name.startswith(tuple(beginnings or [""])):
            drawn(pictures, name).save(FOLDER / f"{name}.png", optimize=True)
    VERSION.write_text(f"{version()}\n")
    print(f"{sum(path.stat().st_size for path in FOLDER.glob('*.png')):,} bytes of images")


if __name__ == "__main__":
    mpl.use("Agg")
    main(sys.argv[1:])
