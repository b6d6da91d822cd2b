"""Madang: one courtyard for a community."""

__version__ = "0.1.0"
