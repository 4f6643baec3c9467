"""What the tests share: a browser, and pages made of the samples."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser

import browsers
import samples

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="session")
def renderer() -> Path:
    """The program that makes a page of a report's JSON, as built last."""
    target = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
    built = [p for profile in ("release", "debug") if (p := target / profile / "examples" / "render").is_file()]
    if not built:
        pytest.fail(f"there is no examples/render in {target}; `make test-report` builds it")
    return max(built, key=lambda path: path.stat().st_mtime)


class Made:
    """A page on disk."""

    def __init__(self, path: Path):
        self.path, self.html = path, path.read_text("utf-8")

    @property
    def url(self) -> str:
        return self.path.as_uri()

    @property
    def data(self) -> dict:
        """What the page says that it shows."""
        text = self.html.split('<script type="application/json" id="data">')[1].split("</script>")[0]
        return json.loads(text)


@pytest.fixture(scope="session")
def make(renderer: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[dict], Made]:
    """Makes a page of a report."""

    def made(report: dict) -> Made:
        done = subprocess.run([renderer], input=json.dumps(report).encode(), capture_output=True, check=True)
        path = tmp_path_factory.mktemp("report") / "report.html"
        path.write_bytes(done.stdout)
        return Made(path)

    return made


@pytest.fixture(scope="session", params=["shop", "first_hours", "nothing", "hostile"])
def report(request: pytest.FixtureRequest, make: Callable[[dict], Made]) -> Made:
    """One page after the other. Pages that come from elsewhere, such as those of a lake, belong here."""
    return make(getattr(samples, request.param)())


@pytest.fixture(scope="session")
def shop(make: Callable[[dict], Made]) -> Made:
    """The page with something in every section."""
    return make(samples.shop())


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    with browsers.chromium() as started:
        yield started
