"""What callers give instead of a purchase model."""

import pytest

from cemkit import GammaGammaModel, ParetoNBDModel, bootstrap_parameters, load_cdnow
from cemkit.plots import lifetime_value
from cemkit.prediction.clv.comparison import compare_purchase_models, purchase_calibration
from cemkit.prediction.clv.given import check_model
from cemkit.prediction.clv.tracking import purchase_tracking


@pytest.mark.parametrize("wrong", [None, "BG/NBD", GammaGammaModel(), ParetoNBDModel])
def test_what_is_no_purchase_model_is_named(wrong: object) -> None:
    orders = load_cdnow("sample")
    for ask in (
        lambda: check_model(wrong),
        lambda: purchase_calibration(wrong, orders, "1997-09-30", 90),  # type: ignore[arg-type]
        lambda: purchase_tracking(wrong, orders, "1997-09-30"),  # type: ignore[arg-type]
        lambda: bootstrap_parameters(wrong, orders),  # type: ignore[arg-type]
        lambda: lifetime_value.alive_matrix(wrong, 365),  # type: ignore[arg-type]
        lambda: compare_purchase_models(orders, "1997-09-30", 90, [wrong]),  # type: ignore[list-item]
    ):
        with pytest.raises(TypeError, match="must be a purchase model, such as BetaGeoModel, not"):
            ask()


def test_models_to_compare_are_named_or_left_out_but_not_empty() -> None:
    with pytest.raises(ValueError, match="models is empty"):
        compare_purchase_models(load_cdnow("sample"), "1997-09-30", 90, [])
    with pytest.raises(ValueError, match="horizon_days must be at most 36,525"):
        compare_purchase_models(load_cdnow("sample"), "1997-09-30", 10**6)
