"""What customers did: orders, cleaned and summarised to one row per customer."""
