"""Statistics on counts: tests, score intervals, corrections and sample sizes."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
