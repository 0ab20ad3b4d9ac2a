from . import churn as churn
from . import clv as clv
from . import forecasting as forecasting
from . import measurement as measurement
from . import promotion as promotion
from . import segmentation as segmentation
