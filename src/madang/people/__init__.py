"""Members, roles, invitations, signing in, and what every room needs of them."""
