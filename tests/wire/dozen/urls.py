from django.urls import include, path

from tests.wire.dozen import views

urlpatterns = [
    path("requests/", include("madang.wire.urls")),
    path("authors/", views.authors),
    path("authors/ahead/", views.authors_ahead),
    path("tags/", views.tags),
    path("tags/ahead/", views.tags_ahead),
    path("books/", views.books),
    path("tagged/", views.tagged),
    path("page/", views.page),
    path("statements/", views.statements),
    path("literal/<str:token>/", views.literal),
    path("broken/", views.broken),
    path("anon/posts/", views.authors),
]
