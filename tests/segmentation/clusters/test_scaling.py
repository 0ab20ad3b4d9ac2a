import numpy as np
import pytest

from cemkit.errors import DataError
from cemkit.segmentation.clusters.scaling import FeatureScaler

VALUES = np.array([[0.0, 5.0], [3.0, 5.0], [9.0, 5.0]])


@pytest.mark.parametrize("skew", [None, "log"])
def test_there_and_back(skew: str | None) -> None:
    scaler = FeatureScaler(VALUES, skew, ["a", "b"])
    scaled = scaler.scaled(VALUES)
    assert scaled.mean(axis=0) == pytest.approx(0)
    assert scaled[:, 0].std() == pytest.approx(1)
    assert scaled[:, 1] == pytest.approx(0)
    np.testing.assert_allclose(scaler.original(scaled), VALUES)


def test_the_log_of_values_below_0() -> None:
    with pytest.raises(DataError, match="but b has 2 below"):
        FeatureScaler(np.array([[1.0, -7.0], [1.0, -2.0]]), "log", ["a", "b"])
