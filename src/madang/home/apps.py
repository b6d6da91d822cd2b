from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "madang.home"
    label = "home"
