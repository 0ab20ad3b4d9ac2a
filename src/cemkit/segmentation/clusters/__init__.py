"""Clusters of customers: found, counted, judged and put into words."""
