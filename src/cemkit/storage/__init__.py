"""Fitted models as JSON text, and back: the text, and what each of its fields must be."""
