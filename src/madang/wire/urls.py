"""The pages of requests; include them under any path."""

from django.urls import path

from madang.wire import views

app_name = "wire"
urlpatterns = [
    path("", views.requests, name="requests"),
    path("<str:number>/", views.request, name="request"),
]
