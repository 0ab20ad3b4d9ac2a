"""Pictures of tables and results; needs matplotlib."""
