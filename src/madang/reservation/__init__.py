"""Doctor and patient meet at a time, and nobody is in two places at once."""
