"""The front page: what a member has today, gathered from the rooms."""
