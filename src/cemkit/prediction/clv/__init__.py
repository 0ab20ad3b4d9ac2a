"""Purchase models, spend models and discounted customer lifetime value."""
