"""What members say to one another: posts, threads, likes, follows, timelines."""
