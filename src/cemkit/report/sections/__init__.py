"""The sections of a report, each from the results of one room."""
