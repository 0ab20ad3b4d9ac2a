"""What came of it: experiments, effects of promotions, and what they earned."""
