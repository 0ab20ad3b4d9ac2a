"""Pictures of results; matplotlib is imported here alone, and only when a picture is drawn."""
