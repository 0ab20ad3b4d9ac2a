"""What arrays are called in annotations."""

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
