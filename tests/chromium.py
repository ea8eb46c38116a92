"""Debian's Chromium, as tests and benchmarks start it."""

from __future__ import annotations

import os

CHROMIUM = os.environ.get("LINLI_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    # maps are drawn with WebGL; without a graphics card by the processor
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
]
