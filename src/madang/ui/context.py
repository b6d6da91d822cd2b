"""What every page knows of the site."""

from django.conf import settings
from django.http import HttpRequest

STYLE_SHEETS = [
    f"ui/{name}.css"
    for name in ("tokens", "base", "layout", "components", "forms", "calendar", "account")
]


def site(request: HttpRequest) -> dict[str, object]:
    """The community's name and the style sheets, in the order of their layers."""
    return {"site_name": settings.SITE_NAME, "style_sheets": STYLE_SHEETS}
