"""Experiments: assignment, sample ratio, the experiment table, its read-out, peeking by design."""
