"""A browser without a screen, and what is asked of a page in it."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).resolve().parent
WIDTHS = [360, 768, 1440, 1600]
THEMES = ["light", "dark"]
# It talks to nobody, and needs neither a sandbox nor a graphics card.
ARGUMENTS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def missing(what: str) -> None:
    """A machine at hand may lack a tool. In CI, what cannot be checked has failed."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


@contextmanager
def chromium() -> Iterator[Browser]:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not path:
        missing("Chromium is not there: Debian's package `chromium` has it, or CHROMIUM names it")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@contextmanager
def opened(browser: Browser, url: str, width: int = 1440, theme: str = "light", **options) -> Iterator[Page]:
    """A page in a profile of its own. What it says, raises or asks of the network is collected on it."""
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=theme, **options)
    context.set_default_timeout(10_000)
    page = context.new_page()
    page.said, page.asked = [], []
    page.on("console", lambda message: page.said.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: page.said.append(f"error: {error}"))
    page.on("dialog", lambda dialog: (page.said.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    context.on("request", lambda request: page.asked.append(request.url))
    page.goto(url)
    yield page
    context.close()


def unfold(page: Page, most: int = 100_000) -> None:
    """Opens what is folded, but not what has more than so many rows: thousands that are all alike take long."""
    page.evaluate(
        """(most) => document.querySelectorAll('details').forEach((details) => {
            details.open = details.open || details.querySelectorAll('tr').length <= most;
        })""",
        most,
    )


@cache
def axe() -> str:
    """The source of axe-core, which the lock file pins; installed once per lock file."""
    if not shutil.which("npm"):
        missing("npm is not there: it installs axe-core, which looks for what keeps people out")
    folder = Path(os.environ.get("CACHE", Path.home() / ".cache" / "estrella")) / "axe"
    lock, installed = HERE / "axe" / "package-lock.json", folder / "installed.json"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "axe" / name, folder)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
        shutil.copy(lock, installed)
    return (folder / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
