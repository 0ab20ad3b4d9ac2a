"""The way to a purchase: funnels, times between steps, flows, and credit for touches."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
