"""What a picture cannot draw is refused by name, before matplotlib is asked."""

from collections.abc import Callable
from typing import Any

import pytest

from cemkit.plots import churn, forecasting, measurement, segmentation


@pytest.mark.parametrize("other", [None, "x", [1.0]], ids=str)
@pytest.mark.parametrize(
    "draw",
    [
        *(churn.calibration, churn.roc, churn.coefficients, churn.retention_profit),
        *(forecasting.promotion_effect, forecasting.backtest, forecasting.forecast_fan),
        *(measurement.experiment_readout, measurement.effect_by_day),
        *(segmentation.segment_migration, segmentation.cohort_table, segmentation.cluster_count),
    ],
)
def test_another_object_is_refused_by_name(draw: Callable[..., Any], other: object) -> None:
    with pytest.raises(TypeError, match=f"must be of type .*, not {type(other).__name__}"):
        draw(*[other] * (2 if draw is forecasting.forecast_fan else 1))
