"""The front page and the two answers that monitors ask for."""

from django.urls import path

from madang.home import health, views

app_name = "home"
urlpatterns = [
    path("", views.today, name="today"),
    path("healthz", health.alive, name="healthz"),
    path("readyz", health.ready, name="readyz"),
]
