"""Posts and the two relations around them: who likes what, and who follows whom."""

from madang.microblog.models.following import Follow
from madang.microblog.models.liking import Like, LikeTally
from madang.microblog.models.post import Hashtag, Post

__all__ = ["Follow", "Hashtag", "Like", "LikeTally", "Post"]
