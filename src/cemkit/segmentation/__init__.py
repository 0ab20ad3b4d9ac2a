"""Who they are: scores, segments and clusters of customers."""
