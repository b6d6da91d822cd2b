from django.apps import AppConfig


class ReservationConfig(AppConfig):
    name = "madang.reservation"
    label = "reservation"
