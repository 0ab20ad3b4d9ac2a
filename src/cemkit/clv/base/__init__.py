"""The customer base as a whole: known customers, new ones, and what they will spend."""
