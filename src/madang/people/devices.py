"""What kind of device asks: as coarse as a person would say it, so that it tells little else."""

BROWSERS = {
    "Edg": "Edge",
    "OPR/": "Opera",
    "Whale/": "Whale",
    "SamsungBrowser/": "Samsung Internet",
    "Firefox/": "Firefox",
    "FxiOS/": "Firefox",
    "CriOS/": "Chrome",
    "Chrome/": "Chrome",
    "Safari/": "Safari",
}
SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "Mac",
    "CrOS": "ChromeOS",
    "Linux": "Linux",
}


def device(user_agent: str) -> str:
    """A browser as its owner would call it ("Chrome · Android"), no more precise than that.

    Most browsers also name those they descend from, so the first sign found counts.
    """
    found = [
        next((label for sign, label in signs.items() if sign in user_agent), "")
        for signs in (BROWSERS, SYSTEMS)
    ]
    return " · ".join(part for part in found if part)
