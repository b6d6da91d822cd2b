"""Pages of the reservation room."""

from django.urls import path

from madang.reservation import agenda, day, feed, hours, own, views

app_name = "reservation"
urlpatterns = [
    path("", views.index, name="index"),
    path("doctors/<int:doctor_id>/", views.doctor, name="doctor"),
    path("doctors/<int:doctor_id>/keep/", views.keep, name="keep"),
    path("services/<int:service_id>/", views.service, name="service"),
    path("book/", views.book, name="book"),
    path("wait/", own.wait, name="wait"),
    path("wait/<int:entry_id>/leave/", own.leave, name="leave"),
    path("mine/", own.mine, name="mine"),
    path("reminders/", own.reminders, name="reminders"),
    path("day/", day.day, name="today"),
    path("day/<str:on>/", day.day, name="day"),
    path("hours/", hours.index, name="hours"),
    path("hours/<int:doctor_id>/", hours.hours, name="hours_of"),
    path("hours/<int:doctor_id>/note/", hours.note, name="hours_note"),
    path("hours/<int:doctor_id>/holidays/", hours.close_holidays, name="hours_holidays"),
    path(
        "hours/<int:doctor_id>/<int:exception_id>/take-back/",
        hours.take_back,
        name="hours_take_back",
    ),
    path("hours/<int:doctor_id>/<int:exception_id>/restore/", hours.restore, name="hours_restore"),
    path("week/", agenda.page, name="this_week"),
    path("week/<str:on>/", agenda.page, name="week"),
    path("feed/", feed.page, name="feed"),
    path("feed/revoke/", feed.revoke, name="feed_revoke"),
    path("feed/<str:token>.ics", feed.file, name="feed_file"),
    path("<uuid:uid>/", own.detail, name="detail"),
    path("<uuid:uid>/call-off/", hours.call_off, name="call_off"),
    path("<uuid:uid>/attend/", day.attend, name="attend"),
    path("<uuid:uid>/confirm/", own.confirm, name="confirm"),
    path("<uuid:uid>/move/", own.move, name="move"),
    path("<uuid:uid>/move/to/", own.move_to, name="move_to"),
    path("<uuid:uid>/cancel/", own.cancel, name="cancel"),
    path("<uuid:uid>.ics", own.file, name="file"),
]
