"""Pages of the reservation room."""

from django.urls import path

from madang.reservation import day, views

app_name = "reservation"
urlpatterns = [
    path("", views.index, name="index"),
    path("doctors/<int:doctor_id>/", views.doctor, name="doctor"),
    path("doctors/<int:doctor_id>/keep/", views.keep, name="keep"),
    path("services/<int:service_id>/", views.service, name="service"),
    path("book/", views.book, name="book"),
    path("mine/", views.mine, name="mine"),
    path("day/", day.day, name="today"),
    path("day/<str:on>/", day.day, name="day"),
    path("<uuid:uid>/", views.detail, name="detail"),
    path("<uuid:uid>/cancel/", views.cancel, name="cancel"),
    path("<uuid:uid>.ics", views.file, name="file"),
]
