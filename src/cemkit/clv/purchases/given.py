"""What callers give: that a model is a purchase model."""

from cemkit.checks.options import shown
from cemkit.clv.purchases.purchase_model import PurchaseModel


def check_model(model: object, name: str = "model") -> PurchaseModel:
    """`model`, when it is a purchase model."""
    if not isinstance(model, PurchaseModel):
        raise TypeError(
            f"{name} must be a purchase model, such as BetaGeoModel, not {shown(model)}"
        )
    return model
