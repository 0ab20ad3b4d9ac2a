"""Comments in Chinese, English and mixtures: sentiment, shares, distinctive terms and topics."""
