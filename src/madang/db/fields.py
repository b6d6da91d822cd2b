"""Fields for moments."""

from datetime import datetime
from typing import Any  # Django's field hooks take anything

from django.db import models
from django.utils import timezone


class MomentField(models.DateTimeField):  # type: ignore[type-arg]  # generic in the stubs only
    """A moment in time, never a naive one.

    What comes without an offset ("2021-06-14", "2021-06-14 10:00") is read on the clock of the
    current time zone. After saving, the attribute holds the aware datetime that was stored.
    """

    def to_python(self, value: Any) -> Any:
        """An aware datetime, or None; ValidationError if `value` is neither."""
        moment = super().to_python(value)
        if isinstance(moment, datetime) and timezone.is_naive(moment):
            return timezone.make_aware(moment)
        return moment

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001 - Django's
        """Put the aware moment on the instance, too."""
        value = super().pre_save(model_instance, add)
        if isinstance(value, (str, datetime)):
            value = self.to_python(value)
            setattr(model_instance, self.attname, value)
        return value

    def get_prep_value(self, value: Any) -> Any:
        """The aware moment, for SQL."""
        if isinstance(value, (str, datetime)):
            value = self.to_python(value)
        return super().get_prep_value(value)
