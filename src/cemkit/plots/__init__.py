"""Plots of results, by the folder they come from; each draws on an Axes and returns it."""
