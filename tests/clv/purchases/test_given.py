"""What callers give instead of a purchase model."""

import pytest

from cemkit import GammaGammaModel, ParetoNBDModel, load_cdnow
from cemkit.clv import bootstrap_parameters
from cemkit.clv.comparison import compare_purchase_models, purchase_calibration
from cemkit.clv.purchases.given import check_model
from cemkit.clv.purchases.tracking import purchase_tracking
from cemkit.plots import clv


@pytest.mark.parametrize("wrong", [None, "BG/NBD", GammaGammaModel(), ParetoNBDModel])
def test_what_is_no_purchase_model_is_named(wrong: object) -> None:
    orders = load_cdnow("sample")
    for ask in (
        lambda: check_model(wrong),
        lambda: purchase_calibration(wrong, orders, "1997-09-30", 90),  # type: ignore[arg-type]
        lambda: purchase_tracking(wrong, orders, "1997-09-30"),  # type: ignore[arg-type]
        lambda: bootstrap_parameters(wrong, orders),  # type: ignore[arg-type]
        lambda: clv.alive_matrix(wrong),  # type: ignore[arg-type]
        lambda: compare_purchase_models(orders, "1997-09-30", 90, [wrong]),  # type: ignore[list-item]
    ):
        with pytest.raises(TypeError, match="must be a purchase model, such as BetaGeoModel, not"):
            ask()


def test_models_to_compare_are_named_or_left_out_but_not_empty() -> None:
    with pytest.raises(ValueError, match="models is empty"):
        compare_purchase_models(load_cdnow("sample"), "1997-09-30", 90, [])
    with pytest.raises(ValueError, match="horizon_days must be at most 36,525"):
        compare_purchase_models(load_cdnow("sample"), "1997-09-30", 10**6)
