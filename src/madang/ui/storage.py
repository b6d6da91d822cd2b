"""Static files under names that change with their content, once they have been collected."""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class CollectedStorage(ManifestStaticFilesStorage):
    """Hashed names after `madang manage collectstatic`, plain ones where nothing was collected.

    Browsers may keep a hashed file for ever. The demo and the tests serve straight from the
    packages, under plain names that browsers ask about again (decision record 0001).
    """

    manifest_strict = False

    def stored_name(self, name: str) -> str:
        """The collected file's name, or `name` itself."""
        if not self.hashed_files:
            return name
        found: str = super().stored_name(name)
        return found
