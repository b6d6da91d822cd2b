"""Signing in, the own account, sessions and tokens."""

from django.urls import include, path

urlpatterns = [path("", include("allauth.urls"))]
