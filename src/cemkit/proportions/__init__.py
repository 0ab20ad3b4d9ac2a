"""Proportions on counts: tests, score intervals, corrections and planning; every step uses them."""
