"""Measures how soon the widget can be used: from the start of the navigation, and from the click on the launcher.

Run: python -m benchmarks.widget.interactive http://127.0.0.1:8080 [--loads 30] [--json FILE], against a running
`frontdesk up`. The page has nothing on it but the widget's script tag and is served from an origin of its own.
Clickable: the launcher is what a press at its place would hit. Focused: the next frame after the focus has arrived in
the field. Cold: the browser's cache is emptied before each load; warm: it is not, and the script is asked for with the
name of the one that is there (304). The slow line adds 100 ms to each request and carries 5 Mbit/s; the processor is
slowed down four times, about a cheap phone.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import time
import urllib.request
from pathlib import Path
from typing import Any

from selenium import webdriver

from benchmarks.machine import describe
from benchmarks.widget.browser import chromium, page_with

HTML = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>page</title><link rel="icon" href="data:,">
<script src="{gateway}/widget.js" defer></script></head><body><h1>page</h1></body></html>"""
WATCH = """
const look = () => {
  const launcher = document.querySelector("frontdesk-widget")?.shadowRoot.querySelector(".launcher");
  const box = launcher?.getBoundingClientRect();
  const hit = box?.width && document.elementFromPoint(box.x + box.width / 2, box.y + box.height / 2);
  if (hit?.localName !== "frontdesk-widget") return setTimeout(look, 1);
  window.clickable = performance.now();
};
look();
"""
CLICK = """
const done = arguments[0], root = document.querySelector("frontdesk-widget").shadowRoot, began = performance.now();
root.querySelector(".launcher").click();
const look = () => requestAnimationFrame((now) =>
  root.activeElement?.localName === "textarea" ? done(performance.now() - began) : look());
look();
"""
REQUESTS = "return performance.getEntriesByType('resource').length"
SLOW = {"offline": False, "latency": 100, "downloadThroughput": 625_000, "uploadThroughput": 125_000}


def run(driver: webdriver.Chrome, script: str) -> Any:
    return driver.execute_script(script)  # type: ignore[no-untyped-call]


def load(driver: webdriver.Chrome, url: str, cold: bool) -> tuple[float, float, int]:
    """Load the page once; return both times in milliseconds and the number of requests."""
    if cold:
        driver.execute_cdp_cmd("Network.clearBrowserCache", {})
    driver.get(url)
    until = time.monotonic() + 30
    while (clickable := run(driver, "return window.clickable ?? null")) is None:
        if time.monotonic() > until:
            raise TimeoutError("No launcher within 30 s. Is the gateway running?")
    focused = driver.execute_async_script(CLICK)
    requests = run(driver, REQUESTS)
    run(driver, "sessionStorage.clear(); localStorage.clear()")
    return float(clickable), float(focused), int(requests)


def measure(driver: webdriver.Chrome, url: str, loads: int, cold: bool) -> dict[str, Any]:
    load(driver, url, cold=True)
    seen = [load(driver, url, cold) for _ in range(loads)]
    return {
        "clickable_ms": quantiles([one for one, _, _ in seen]),
        "focused_ms": quantiles([one for _, one, _ in seen]),
        "requests": max(requests for _, _, requests in seen),
    }


def weight(gateway: str) -> dict[str, int]:
    """The script's bytes as they cross the line, with gzip and without."""
    sizes = {}
    for name, coding in (("gzip", "gzip"), ("plain", "identity")):
        request = urllib.request.Request(f"{gateway}/widget.js", headers={"Accept-Encoding": coding})
        with urllib.request.urlopen(request, timeout=10) as response:
            sizes[name] = len(response.read())
    return sizes


def quantiles(values: list[float]) -> dict[str, float]:
    cuts = statistics.quantiles(values, n=20)
    return {"p50": round(statistics.median(values), 1), "p95": round(cuts[-1], 1)}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("gateway", help="address of a running gateway")
    parser.add_argument("--loads", type=int, default=30)
    parser.add_argument("--json", type=Path)
    arguments = parser.parse_args()
    gateway = arguments.gateway.rstrip("/")
    report: dict[str, Any] = {"machine": describe(), "loads": arguments.loads, "bytes": weight(gateway)}
    print(report["machine"], report["bytes"], sep="\n")
    with chromium() as driver, page_with(HTML.format(gateway=gateway)) as url:
        driver.execute_cdp_cmd("Network.enable", {})
        driver.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": WATCH})
        for slow in (False, True):
            if slow:
                driver.execute_cdp_cmd("Network.emulateNetworkConditions", SLOW)
                driver.execute_cdp_cmd("Emulation.setCPUThrottlingRate", {"rate": 4})
            for cold in (True, False):
                name = f"{'slow line, slow processor' if slow else 'this machine'}, {'cold' if cold else 'warm'}"
                report[name] = measure(driver, url, arguments.loads, cold)
                print(f"{name}: {json.dumps(report[name])}")
    if arguments.json:
        arguments.json.write_text(json.dumps(report, indent=2) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
