"""Uplift, profit per customer, allocation of a budget, and the value of a policy."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
