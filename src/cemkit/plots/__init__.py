"""Pictures of results, one function each; needs matplotlib (`cemkit[plots]`)."""
