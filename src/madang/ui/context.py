"""What every page knows of the site."""

from django.conf import settings
from django.http import HttpRequest

from madang.ui import rooms

STYLE_SHEETS = [
    f"ui/{name}.css"
    for name in (
        "tokens",
        "base",
        "layout",
        "navigation",
        "components",
        "forms",
        "calendar",
        "agenda",
        "reports",
        "catalogue",
        "board",
        "dialog",
        "account",
        "posts",
    )
]


def site(request: HttpRequest) -> dict[str, object]:
    """The community's name, the reader's rooms, and the style sheets in the order of layers."""
    return {
        "site_name": settings.SITE_NAME,
        "rooms": rooms.of(request),
        "style_sheets": STYLE_SHEETS,
    }
