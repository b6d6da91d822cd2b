"""Posts and the relations around them, and what the anonymous path keeps."""

from madang.microblog.models.anonymous import AnonEpoch, Enrolment, Renewal, SpentPass, ThreadKey
from madang.microblog.models.following import Follow
from madang.microblog.models.liking import Like, LikeTally
from madang.microblog.models.post import Hashtag, Post
from madang.microblog.models.reposting import Repost, RepostTally

__all__ = [
    "AnonEpoch",
    "Enrolment",
    "Follow",
    "Hashtag",
    "Like",
    "LikeTally",
    "Post",
    "Renewal",
    "Repost",
    "RepostTally",
    "SpentPass",
    "ThreadKey",
]
