"""The own account under names of `people`; signing in under allauth's."""

from django.urls import include, path

from madang.people import views

own = [
    path("", views.profile, name="profile"),
    path("language/", views.language, name="language"),
    path("sessions/", views.sessions, name="sessions"),
    path("sessions/<slug:label>/end/", views.end_session, name="end_session"),
    path("sessions/others/", views.sign_out_elsewhere, name="sign_out_elsewhere"),
    path("tokens/", views.api_tokens, name="tokens"),
    path("tokens/<int:token_id>/revoke/", views.revoke_token, name="revoke_token"),
    path("invitations/", views.invite, name="invitations"),
    path(
        "invitations/<int:invitation_id>/withdraw/",
        views.withdraw_invitation,
        name="withdraw_invitation",
    ),
    path("join/<str:code>/", views.join, name="join"),
    path("data/", views.data, name="data"),
    path("data/download/", views.download, name="download"),
    path("delete/", views.delete, name="delete"),
]

urlpatterns = [path("", include((own, "people"))), path("", include("allauth.urls"))]
