"""The pages of requests; include them under any path."""

from django.urls import path

from madang.wire import views
from madang.wire.captures import beyond
from madang.wire.captures import views as captures
from madang.wire.proxy import views as proxy

app_name = "wire"
urlpatterns = [
    path("", views.requests, name="requests"),
    path("captures/", captures.captures, name="captures"),
    path("captures/open/", captures.take_in, name="capture-open"),
    path("captures/now/", captures.now, name="capture-now"),
    path("captures/<str:key>/", captures.packets, name="capture"),
    path("captures/<str:key>/delete/", captures.forget, name="capture-delete"),
    path("captures/<str:key>/statistics/", captures.statistics, name="capture-statistics"),
    path("captures/<str:key>/<int:number>/", captures.packet, name="capture-packet"),
    path("captures/<str:key>/streams/<int:number>/", captures.stream, name="capture-stream"),
    path("captures/<str:key>/streams/<int:number>/flow/", beyond.flow, name="capture-flow"),
    path("captures/<str:key>/findings/", beyond.findings, name="capture-findings"),
    path("captures/<str:key>/intervals/", beyond.intervals, name="capture-intervals"),
    path("captures/<str:key>/files/", beyond.files, name="capture-files"),
    path("captures/<str:key>/files/<int:number>/", beyond.file, name="capture-file"),
    path("proxy/", proxy.exchanges, name="proxy"),
    path("proxy/send/", proxy.send, name="proxy-send"),
    path("proxy/har/", proxy.har_file, name="proxy-har"),
    path("proxy/read/", proxy.read, name="proxy-read"),
    path("proxy/clear/", proxy.clear, name="proxy-clear"),
    path("proxy/rule/", proxy.rule, name="proxy-rule"),
    path("proxy/rule/<int:number>/", proxy.unrule, name="proxy-unrule"),
    path("proxy/certificate/", proxy.certificate, name="proxy-certificate"),
    path("proxy/certificate/file/", proxy.certificate_file, name="proxy-certificate-file"),
    path("proxy/<int:number>/", proxy.exchange, name="proxy-exchange"),
    path("proxy/<int:number>/image/", proxy.image, name="proxy-image"),
    path("proxy/<int:number>/replay/", proxy.replay, name="proxy-replay"),
    path("proxy/<int:number>/resume/", proxy.resume, name="proxy-resume"),
    path("<str:number>/", views.request, name="request"),
]
