"""What to offer, to whom: triggers, coupons, audiences and messages. Nothing is ever sent."""
