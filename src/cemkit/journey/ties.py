"""Warn where many events of one customer are at one time, so that their order is a convention."""

import warnings

from cemkit.errors import CemkitWarning

MANY = 0.05  # a share of the events


def warn_of_ties(ties: int, events: int, what: str, order: str, stacklevel: int = 3) -> None:
    """Warn where many events are at the same time as another of the same customer."""
    if ties > MANY * events:
        warnings.warn(
            f"{ties:,} of {events:,} {what} are at the same time as another one of the "
            f"same customer and count in {order}; give event_time with hours and minutes "
            "if you have them",
            CemkitWarning,
            stacklevel=stacklevel,
        )
