"""Copies and patrons meet in a loan: a copy is lent once, and the queue is fair."""
