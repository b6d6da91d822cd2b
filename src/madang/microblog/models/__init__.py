"""Posts and the relations around them, and what the anonymous path keeps."""

from madang.microblog.models.anonymous import AnonEpoch, Enrolment, Renewal, SpentPass, ThreadKey
from madang.microblog.models.attaching import Attachment
from madang.microblog.models.following import Follow, ThreadFollow
from madang.microblog.models.keeping_apart import Block, Mute
from madang.microblog.models.liking import Like, LikeTally
from madang.microblog.models.mentioning import Mention
from madang.microblog.models.moderation import ModAction, Report
from madang.microblog.models.noticing import Seen
from madang.microblog.models.post import Hashtag, Post
from madang.microblog.models.reposting import Repost, RepostTally
from madang.microblog.models.search import PostEntry

__all__ = [
    "AnonEpoch",
    "Attachment",
    "Block",
    "Enrolment",
    "Follow",
    "Hashtag",
    "Like",
    "LikeTally",
    "Mention",
    "ModAction",
    "Mute",
    "Post",
    "PostEntry",
    "Renewal",
    "Report",
    "Repost",
    "RepostTally",
    "Seen",
    "SpentPass",
    "ThreadFollow",
    "ThreadKey",
]
