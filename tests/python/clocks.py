"""Processes that take another time for the present one."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from lakes import Estrella

LIBRARIES = ("/usr/lib/*/faketime/libfaketimeMT.so.1", "/usr/lib*/faketime/libfaketimeMT.so.1")


def at(estrella: Estrella, time: datetime) -> Estrella:
    """The binary with a clock that shows `time` when a process starts, and goes on from there."""
    return with_clock(estrella, {"FAKETIME": f"@{time:%Y-%m-%d %H:%M:%S}"})


def following(estrella: Estrella, file: Path) -> Estrella:
    """The binary with a clock that is looked up in a file each time, as `+3d` from the present or `-3d`."""
    return with_clock(estrella, {"FAKETIME_TIMESTAMP_FILE": str(file), "FAKETIME_NO_CACHE": "1"})


def with_clock(estrella: Estrella, settings: dict[str, str]) -> Estrella:
    # Waiting is not what is tested: the clock that only goes forward is left alone.
    own = {"LD_PRELOAD": str(library()), "FAKETIME_DONT_FAKE_MONOTONIC": "1", "DONT_FAKE_MONOTONIC": "1", "TZ": "UTC"}
    return Estrella(estrella.binary, {**estrella.environment, **own, **settings})


def library() -> Path:
    found = [path for pattern in LIBRARIES for path in Path("/").glob(pattern.removeprefix("/"))]
    if not found:
        pytest.skip("libfaketime is not installed (Debian's package faketime)")
    return found[0]
