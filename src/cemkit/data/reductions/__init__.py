"""The exact reductions that models are fitted on: group-bys that run where the data lives."""
