"""Where each room is found."""

from django.contrib import admin
from django.urls import include, path

from madang.api import api

urlpatterns = [
    path("", include("madang.home.urls")),
    path("people/", include("madang.people.urls")),
    path("reservation/", include("madang.reservation.urls")),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]
