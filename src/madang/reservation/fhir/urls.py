"""Addresses of the FHIR server."""

from django.urls import path, re_path

from madang.reservation.fhir import views
from madang.reservation.fhir.capability import SEARCHES

app_name = "fhir"
KIND = f"(?P<kind>{'|'.join(SEARCHES)})"
urlpatterns = [
    path("metadata", views.metadata, name="metadata"),
    path("Appointment/$book", views.book_appointment, name="book"),
    re_path(rf"^{KIND}$", views.search, name="search"),
    re_path(rf"^{KIND}/_search$", views.search_by_form, name="search_by_form"),
    re_path(rf"^{KIND}/(?P<key>[A-Za-z0-9\-.]{{1,64}})$", views.read, name="read"),
    path("<path:rest>", views.nothing),
]
