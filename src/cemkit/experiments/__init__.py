"""Randomised experiments: assignment, sample ratio, table, read-out, interim looks."""

import lazy_loader as lazy

__getattr__, __dir__, __all__ = lazy.attach_stub(__name__, __file__)
