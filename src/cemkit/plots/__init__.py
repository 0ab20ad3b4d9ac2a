"""Pictures of results; the only folder that needs matplotlib."""
