"""A member's own end of the anonymous path: HTTP alone, no database and nothing of Django."""
