"""Arrays of floats have one name."""

from pathlib import Path

import numpy as np
import numpy.typing as npt

import cemkit
from cemkit.arrays import Floats


def test_no_other_file_names_arrays_of_floats() -> None:
    assert Floats == npt.NDArray[np.float64]
    sources = Path(cemkit.__file__).parent.rglob("*.py")
    named = [path.name for path in sources if "NDArray[np.float64]" in path.read_text("utf-8")]
    assert named == ["arrays.py"]
