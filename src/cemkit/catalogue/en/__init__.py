"""English: the words of each room, and the parts that their sentences share."""
