"""Triggers, audiences, coupons and messages. Nothing is ever sent."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
