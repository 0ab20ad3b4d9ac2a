"""When money has a share: the one rule for every lift, dip and break-even of a mean or total."""

import numpy as np
import numpy.typing as npt

from cemkit.arrays import Floats
from cemkit.proportions.resampling import percentile_interval


def clearly_above_zero(value: Floats, error: Floats, critical: Floats) -> npt.NDArray[np.bool_]:
    """Whether a share of this value has a meaning: its interval lies above 0."""
    return np.asarray(value > np.maximum(critical, 0.0) * error)


def draws_above_zero(values: Floats, level: float) -> bool:
    """The same of an estimate, which comes first, and its draws."""
    return bool(values[0] > 0 and percentile_interval(values[1:], level)[0] > 0)
