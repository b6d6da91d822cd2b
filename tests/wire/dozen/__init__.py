"""A project of Django's that is not Madang: what wire needs of it, and two pages of books."""
