"""Draw the pictures of guide pages: python docs/pictures.py docs/guide/segmentation.md ...

Each page is run from top to bottom. An image below a block of code is what that block drew last.
"""

import contextlib
import io
import os
import re
import sys
import tempfile
from pathlib import Path

import matplotlib.pyplot as plt
from PIL import Image

STEP = re.compile(
    r"^```python\n(?P<code>.*?)^```$|\]\((?P<image>[^)\s]+\.png)", re.MULTILINE | re.DOTALL
)
DPI = 100
COLOURS = 128  # of a palette, which makes files small


def draw_pictures(page: Path) -> list[Path]:
    """Run a page and save its pictures; return their paths."""
    namespace: dict[str, object] = {"__name__": "__main__"}
    saved = []
    for step in STEP.finditer(page.read_text("utf-8")):
        if step["code"] is not None:
            plt.close("all")
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(step["code"], page.name, "exec"), namespace)
        elif plt.get_fignums():
            saved.append(page.parent / step["image"])
            save(saved[-1])
    return saved


def save(path: Path) -> None:
    """Save the last figure with a small palette."""
    file = io.BytesIO()
    plt.gcf().savefig(file, dpi=DPI)
    with Image.open(file) as drawn:
        drawn.convert("RGB").quantize(COLOURS).save(path, optimize=True)


if __name__ == "__main__":
    plt.switch_backend("Agg")
    pages = [Path(name).resolve() for name in sys.argv[1:]]
    os.chdir(tempfile.mkdtemp())  # where pages that write files write them
    for page in pages:
        for path in draw_pictures(page):
            sys.stdout.write(f"{path.name} {path.stat().st_size}\n")
