"""Churn: who is leaving, why, what it is worth to act, and what the answer rests on."""
