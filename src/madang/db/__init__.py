"""Madang's SQLite back end and the constraints that keep promises."""
