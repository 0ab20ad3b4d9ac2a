from .attribution.credit import Attribution as Attribution
from .attribution.credit import attribute_conversions as attribute_conversions
from .attribution.orders import chain_orders as chain_orders
from .attribution.paths import ConversionPaths as ConversionPaths
from .attribution.paths import conversion_paths as conversion_paths
from .attribution.stability import CreditStability as CreditStability
from .attribution.stability import credit_stability as credit_stability
