"""Pictures of results: each function draws on an Axes and returns it, and never shows it."""
