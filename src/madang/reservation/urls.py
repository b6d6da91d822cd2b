"""Pages of the reservation room."""

from django.urls import path

from madang.reservation import appointing, day, feed, offering, own, reception, views

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
    path("day/", day.day, name="today"),
    path("day/<str:on>/", day.day, name="day"),
    path("feed/", feed.page, name="feed"),
    path("feed/revoke/", feed.revoke, name="feed_revoke"),
    path("feed/<str:token>.ics", feed.file, name="feed_file"),
    path("reception/", reception.day, name="reception"),
    path("reception/day/<str:on>/", reception.day, name="reception_day"),
    path("reception/patients/", appointing.patients, name="reception_patients"),
    path("reception/patients/<int:patient_id>/", appointing.patient, name="reception_patient"),
    path(
        "reception/patients/<int:patient_id>/doctors/<int:doctor_id>/",
        appointing.week,
        name="reception_week",
    ),
    path("reception/offers/", offering.offers, name="reception_offers"),
    path("reception/services/new/", offering.service, name="reception_new_service"),
    path("reception/services/<int:service_id>/", offering.service, name="reception_service"),
    path("reception/doctors/new/", offering.doctor, name="reception_new_doctor"),
    path("reception/doctors/<int:doctor_id>/", offering.doctor, name="reception_doctor"),
    path(
        "reception/doctors/<int:doctor_id>/offer/",
        offering.new_schedule,
        name="reception_new_schedule",
    ),
    path("reception/schedules/<int:schedule_id>/", offering.schedule, name="reception_schedule"),
    path("reception/book/", appointing.book, name="reception_book"),
    path("reception/<uuid:uid>/", reception.detail, name="reception_detail"),
    path("reception/<uuid:uid>/cancel/", reception.cancel, name="reception_cancel"),
    path("reception/<uuid:uid>/move/", reception.move, name="reception_move"),
    path("reception/<uuid:uid>/move/to/", reception.move_to, name="reception_move_to"),
    path("<uuid:uid>/", own.detail, name="detail"),
    path("<uuid:uid>/attend/", day.attend, name="attend"),
    path("<uuid:uid>/confirm/", own.confirm, name="confirm"),
    path("<uuid:uid>/move/", own.move, name="move"),
    path("<uuid:uid>/move/to/", own.move_to, name="move_to"),
    path("<uuid:uid>/cancel/", own.cancel, name="cancel"),
    path("<uuid:uid>.ics", own.file, name="file"),
]
