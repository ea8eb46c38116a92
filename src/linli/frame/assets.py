"""Which files of the npm packages the browser gets: a closed list, so that nothing else is ever served."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from django.contrib.staticfiles.finders import BaseFinder
from django.core.files.storage import FileSystemStorage

NODE = Path(os.environ.get("LINLI_NODE_MODULES") or Path(__file__).resolve().parents[3] / "node_modules")

FILES = {
    "vendor/maplibre-gl.mjs": "maplibre-gl/dist/maplibre-gl.mjs",
    "vendor/maplibre-gl-worker.mjs": "maplibre-gl/dist/maplibre-gl-worker.mjs",
    "vendor/maplibre-gl.css": "maplibre-gl/dist/maplibre-gl.css",
    "vendor/echarts.js": "echarts/dist/echarts.common.min.js",
}


class NodeFinder(BaseFinder):
    """Finds exactly the files listed above."""

    def find(self, path, find_all=False, **kwargs):
        source = FILES.get(path)
        found = str(NODE / source) if source and (NODE / source).exists() else None
        if find_all:
            return [found] if found else []
        return found or []

    def list(self, ignore_patterns) -> Iterator[tuple[str, FileSystemStorage]]:
        for path, source in FILES.items():
            yield path, _Renamed(NODE, path, source)


class _Renamed(FileSystemStorage):
    """One file of a package under the name it is served by."""

    def __init__(self, root: Path, served: str, source: str):
        super().__init__(root)
        self.served, self.source = served, source
        self.prefix = ""

    def path(self, name):
        return super().path(self.source if name == self.served else name)
