"""Posts and the two relations around them, and what the anonymous path keeps."""

from madang.microblog.models.anonymous import AnonEpoch, Enrolment, Renewal, SpentPass, ThreadKey
from madang.microblog.models.following import Follow
from madang.microblog.models.liking import Like, LikeTally
from madang.microblog.models.post import Hashtag, Post

__all__ = [
    "AnonEpoch",
    "Enrolment",
    "Follow",
    "Hashtag",
    "Like",
    "LikeTally",
    "Post",
    "Renewal",
    "SpentPass",
    "ThreadKey",
]
