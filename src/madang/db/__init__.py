"""Madang's SQLite back end (`ENGINE = "madang.db"`) and the constraints that keep promises."""
