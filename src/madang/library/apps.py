from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LibraryConfig(AppConfig):
    """Titles, their copies, and the patrons who borrow them."""

    name = "madang.library"
    label = "library"
    verbose_name = _("Library")
