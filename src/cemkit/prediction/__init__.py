"""What they will do: churn, lifetime value and sales."""
