import numpy as np
import pytest

from cemkit.segmentation.intervals import wilson_interval


def test_wilson_of_newcombes_table_and_exact_ends() -> None:
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
    lower, upper = wilson_interval(np.array([81, 15, 0, 1]), np.array([263, 148, 20, 29]), 0.95)
    assert lower == pytest.approx([0.2553, 0.0624, 0.0, 0.0061], abs=5e-5)
    assert upper == pytest.approx([0.3662, 0.1605, 0.1611, 0.1718], abs=5e-5)
    assert lower[2] == 0
    assert wilson_interval(np.array([7]), np.array([7]), 0.9)[1][0] == 1
