"""Tools for those who work on Madang; not part of the wheel."""
