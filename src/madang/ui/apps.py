from django.apps import AppConfig


class UiConfig(AppConfig):
    name = "madang.ui"
    label = "ui"
