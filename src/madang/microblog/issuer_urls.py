"""Where the issuer of passes is found, from the site's root as RFC 9578 wants it."""

from django.urls import path

from madang.microblog import issuer

app_name = "issuer"
urlpatterns = [
    path("anon/issue", issuer.issue, name="issue"),
    path("anon/renewals", issuer.renewals, name="renewals"),
    path("anon/log", issuer.log, name="log"),
    path(".well-known/private-token-issuer-directory", issuer.directory, name="directory"),
]
