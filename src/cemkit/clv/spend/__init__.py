"""What purchases are worth."""
