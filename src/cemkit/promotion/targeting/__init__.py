"""Whom an offer pays for: uplift, profit per customer, allocation of a budget, and its proof."""
