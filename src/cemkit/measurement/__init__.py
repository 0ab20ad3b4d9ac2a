"""What came of it: experiments and their read-out, effects, indicators, feedback, journeys."""
