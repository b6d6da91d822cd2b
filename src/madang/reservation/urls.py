"""Pages of the reservation room."""

from django.urls import URLPattern

app_name = "reservation"
urlpatterns: list[URLPattern] = []
