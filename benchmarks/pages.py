"""Residents' pages as a slow phone gets them: Chromium with 4× CPU slowdown on a 1.5 Mbit/s, 150 ms line, nothing cached."""

from __future__ import annotations

import statistics
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright
from tests.chromium import CHROMIUM, FLAGS
from tests.product import Product

PAGES = {"home": "/", "report": "/report/", "area": "/area/150204006019/", "follow": "/follow/"}
KILOBYTES, SECONDS = 100, 1.5
_LINE = {"offline": False, "latency": 150, "downloadThroughput": 1.5e6 / 8, "uploadThroughput": 0.75e6 / 8}
_LCP = """() => new Promise(done => new PerformanceObserver(list => done(list.getEntries().at(-1).startTime))
  .observe({type: 'largest-contentful-paint', buffered: true}))"""


def run() -> list[dict]:
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        product = Product(Path(folder) / "data", arguments=("--communities", "2", "--days", "30")).start()
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            return [row for name, path in PAGES.items() for row in _measure(chromium, product.url + path, name)]
        finally:
            chromium.close()
            product.stop()
            product.forget()


def _measure(chromium: Browser, url: str, name: str, rounds: int = 5) -> list[dict]:
    loads = [_load(chromium, url) for _ in range(rounds)]
    weight = max(size for size, _ in loads) / 1000
    paint = statistics.median(seconds for _, seconds in loads)
    return [
        {
            "what": f"{name}: bytes over the line, first load",
            "ours": weight,
            "unit": "kB",
            "goal": f"≤ {KILOBYTES}",
            "met": weight <= KILOBYTES,
        },
        {
            "what": f"{name}: largest contentful paint (median of {rounds})",
            "ours": paint,
            "unit": "s",
            "goal": f"< {SECONDS}",
            "met": paint < SECONDS,
        },
    ]


def _load(chromium: Browser, url: str) -> tuple[float, float]:
    """Bytes of the first load and seconds to the largest contentful paint, in a fresh profile."""
    context = chromium.new_context(viewport={"width": 360, "height": 740}, locale="zh-CN")
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", _LINE)
    line.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    sizes: list[float] = []
    line.on("Network.loadingFinished", lambda event: sizes.append(event["encodedDataLength"]))
    page.goto(url, wait_until="networkidle")
    seconds = page.evaluate(_LCP) / 1000
    context.close()
    return sum(sizes), seconds
