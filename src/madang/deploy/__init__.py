"""The operator's room: what should be true of a server, and the text that says so. No Django."""
