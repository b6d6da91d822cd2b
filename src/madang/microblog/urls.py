"""Pages of the microblog."""

from django.urls import path

from madang.microblog import (
    finding_views,
    member_views,
    moderation_views,
    picture_views,
    views,
    whisper_views,
)

app_name = "microblog"
urlpatterns = [
    path("", views.local, name="local"),
    path("home/", views.home, name="home"),
    path("anonymous/", whisper_views.anonymous, name="anonymous"),
    path("anonymous/limits/", whisper_views.limits, name="limits"),
    path("anonymous/<int:post_id>/", whisper_views.anonymous, name="anonymous_answer"),
    path("tag/<str:name>/", views.tag, name="tag"),
    path("members/<str:handle>/", member_views.member, name="member"),
    path("members/<str:handle>/follow/", member_views.follow, name="follow"),
    path("members/<str:handle>/block/", member_views.block, name="block"),
    path("members/<str:handle>/mute/", member_views.mute, name="mute"),
    path("search/", finding_views.find, name="search"),
    path("for-me/", finding_views.notices, name="notices"),
    path("moderation/", moderation_views.queue, name="queue"),
    path("moderation/log/", moderation_views.log, name="log"),
    path("moderation/<int:action_id>/undo/", moderation_views.undo, name="undo"),
    path("<int:post_id>/report/", moderation_views.report, name="report"),
    path("<int:post_id>/moderate/", moderation_views.moderate, name="moderate"),
    path("pictures/<slug:key>/", picture_views.picture, name="picture"),
    path("pictures/<slug:key>/small/", picture_views.small, name="picture_small"),
    path("hidden/", member_views.hidden, name="hidden"),
    path("<int:post_id>/", views.post, name="post"),
    path("<int:post_id>/like/", views.like, name="like"),
    path("<int:post_id>/repost/", views.repost, name="repost"),
    path("<int:post_id>/follow/", views.follow_thread, name="follow_thread"),
    path("<int:post_id>/take-back/", views.take_back, name="take_back"),
]
