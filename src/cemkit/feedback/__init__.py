"""The customer's voice: scores with their uncertainty, drivers of a score, and comments."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
