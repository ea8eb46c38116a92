"""Static files under names that carry their content's hash, compressed once when they are gathered."""

from __future__ import annotations

from django.contrib.staticfiles.storage import ManifestFilesMixin
from whitenoise.storage import CompressedManifestStaticFilesStorage


def _is_source_map(pattern: str | tuple[str, str]) -> bool:
    return "sourceMappingURL" in (pattern if isinstance(pattern, str) else pattern[0])


class Storage(CompressedManifestStaticFilesStorage):
    """Rewrites ``import`` between our own modules too, so that a changed module is a new name for all that use it.

    The packages' files point to source maps that are not served; everything else they point to must exist.
    """

    support_js_module_import_aggregation = True
    patterns = tuple((ending, tuple(p for p in found if not _is_source_map(p))) for ending, found in ManifestFilesMixin.patterns)
