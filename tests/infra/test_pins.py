"""What is installed is pinned, by hashes, wherever it comes from."""

import json
import re

import pytest

from rust import ROOT

SOURCES = sorted(ROOT.glob("requirements-*.in"))


def pins(text: str) -> list[str]:
    """The packages of a lock file, each with its hashes on one line."""
    joined = re.sub(r"\\\n\s*", " ", text)
    return [line for line in joined.splitlines() if line and not line.lstrip().startswith("#")]


def faults(text: str) -> list[str]:
    found = [line for line in pins(text) if not re.match(r"[\w.\[\], -]+==\S+.* --hash=sha256:[0-9a-f]{64}", line)]
    return found + re.findall(r"\w+://\S+|--index-url.*|--find-links.*|(?<![\w:])/\w+/\S+", text)


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.stem)
def test_packages_are_pinned_by_hashes(source):
    text = source.with_suffix(".txt").read_text()
    assert not faults(text)
    locked = {re.split(r"[\[=]", line)[0] + "==" + line.split("==")[1].split()[0] for line in pins(text)}
    for line in source.read_text().splitlines():
        if line and not line.startswith("#"):
            assert "==" in line, f"{line} is not pinned"
            assert re.sub(r"\[.*\]", "", line) in locked, f"{line} is not what is locked"


def test_unpinned_ones_are_seen():
    pinned = "a==1 \\\n    --hash=sha256:" + "0" * 64
    assert not faults(pinned)
    for text in ("a==1", "a>=1 --hash=sha256:" + "0" * 64, pinned + "\n--index-url https://x/simple"):
        assert faults(text), text


def test_the_validator_is_locked():
    lock = json.loads((ROOT / "tests" / "infra" / "asl" / "package-lock.json").read_text())
    wanted = json.loads((ROOT / "tests" / "infra" / "asl" / "package.json").read_text())["dependencies"]
    assert lock["packages"][""]["dependencies"] == wanted
    for name, package in lock["packages"].items():
        assert not name or (package["integrity"] and "resolved" not in package), name
