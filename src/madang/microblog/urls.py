"""Pages of the microblog."""

from django.urls import path

from madang.microblog import views

app_name = "microblog"
urlpatterns = [
    path("", views.local, name="local"),
    path("home/", views.home, name="home"),
    path("tag/<str:name>/", views.tag, name="tag"),
    path("members/<str:handle>/", views.member, name="member"),
    path("members/<str:handle>/follow/", views.follow, name="follow"),
    path("<int:post_id>/", views.post, name="post"),
    path("<int:post_id>/like/", views.like, name="like"),
    path("<int:post_id>/take-back/", views.take_back, name="take_back"),
]
