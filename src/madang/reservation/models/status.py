"""What the statuses of a reservation mean for the time it takes."""

OCCUPYING = ("pending", "booked", "arrived", "checked-in", "fulfilled")
"""The statuses in which a reservation takes up time, and its seat in a session."""
