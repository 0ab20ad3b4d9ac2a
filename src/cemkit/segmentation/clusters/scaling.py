"""Customer features brought to one scale, and centres brought back."""

import numpy as np
from sklearn.preprocessing import StandardScaler

from cemkit.arrays import Floats
from cemkit.errors import DataError

LARGEST = 1e100  # sums of squares stay finite


class FeatureScaler:
    """Mean 0 and standard deviation 1 for each feature, after `log(1 + x)` where `skew="log"`."""

    def __init__(self, values: Floats, skew: str | None, names: list[str]) -> None:
        self.skew = skew
        self.names = names
        _check_size(values, names)
        self.standard = StandardScaler().fit(self._unskewed(values))

    def scaled(self, values: Floats) -> Floats:
        """Rows in scaled units."""
        scaled: Floats = self.standard.transform(self._unskewed(values))
        return scaled

    def original(self, values: Floats) -> Floats:
        """Scaled rows in their original units again."""
        original: Floats = self.standard.inverse_transform(values)
        return np.expm1(original) if self.skew == "log" else original

    def _unskewed(self, values: Floats) -> Floats:
        if self.skew is None:
            return values
        below = (values < 0).sum(axis=0)
        if below.any():
            worst = int(below.argmax())
            raise DataError(
                f"skew='log' needs values of at least 0, but {self.names[worst]} has "
                f"{below[worst]:,} below (the lowest {values[:, worst].min():g}); leave "
                "those customers out, or use skew=None"
            )
        return np.log1p(values)


def _check_size(values: Floats, names: list[str]) -> None:
    largest = np.abs(values).max(axis=0)
    worst = int(largest.argmax())
    if largest[worst] > LARGEST:
        raise DataError(
            f"{names[worst]} has values up to {largest[worst]:g}, which are too large to "
            "compute with; correct them or change the unit"
        )
