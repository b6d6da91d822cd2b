"""The village: the same people in the demo, in tests and in pictures."""
