"""Where each room is found, and who answers when something goes wrong."""

from django.contrib import admin
from django.urls import include, path

from madang.api import api
from madang.ui import errors

urlpatterns = [
    path("", include("madang.home.urls")),
    path("people/", include("madang.people.urls")),
    path("reservation/", include("madang.reservation.urls")),
    path("fhir/", include("madang.reservation.fhir.urls")),
    path("library/", include("madang.library.urls")),
    path("microblog/", include("madang.microblog.urls")),
    path("", include("madang.microblog.issuer_urls")),
    path("wire/", include("madang.wire.urls")),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]

handler400 = errors.bad_request
handler403 = errors.forbidden
handler404 = errors.not_found
handler500 = errors.server_error
