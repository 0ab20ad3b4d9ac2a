"""Seasonal clocks: time that runs faster where customers buy more."""
