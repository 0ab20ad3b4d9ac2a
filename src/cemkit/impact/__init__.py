"""The effect and the profit of promotions, from sales or from a hold-out group."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
