from .detectability import DetectableLift as DetectableLift
from .detectability import detectable_lift as detectable_lift
from .earnings import PromotionProfit as PromotionProfit
from .earnings import promotion_profit as promotion_profit
from .effects import PromotionEffect as PromotionEffect
from .holdout import holdout_effect as holdout_effect
from .intervention import promotion_effect as promotion_effect
