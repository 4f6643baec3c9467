"""A disk that is full at any moment of a run: told with file and reason, tables whole, and healed once there is room."""

from __future__ import annotations

import random
import re
import shutil
from collections import Counter

import pytest

from conftest import AMPLE_KIB, Disk
from deliveries import Deliveries
from lakes import Estrella, Lake
from standing import Standing
from watch import Reader, assert_accounted, assert_same, tables

FAULT = 3
SIZES = 6
STEP_KIB = 40
# Whatever a file is called: the run says which could not be written, and why.
TOLD = re.compile(r"^estrella: error: .*?(?P<path>/\S+): .*(no space left on device|disk is full)", re.IGNORECASE)


@pytest.fixture(scope="module")
def undisturbed(estrella: Estrella, files: Deliveries, flags, tmp_path_factory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("undisturbed") / "lake", estrella)
    lake.load(*files.files, flags=flags)
    return lake


@pytest.fixture(scope="module")
def expected(undisturbed: Lake) -> dict[str, list[tuple]]:
    return tables(undisturbed)


def run(lake: Lake, files: Deliveries, flags: tuple[object, ...]) -> str | None:
    """Loads what the disk has room for; none if that is everything, else the stage at which it was full."""
    before = Standing.of(lake)
    ended = lake.estrella.run("run", "--lake", lake.folder, *flags, "--input", *files.files)
    if ended.returncode == 0:
        return None
    assert ended.returncode == FAULT, ended.stderr
    told = TOLD.match(ended.stderr)
    assert told and told["path"].startswith(str(lake.folder)), ended.stderr
    return Standing.of(lake).reached(before, len(files.files))


def look(lake: Lake, reader: Reader) -> None:
    # The disk is as full as it was, and there is nothing to write.
    lake.check()
    reader.look(lake.tables())


def test_full_at_any_size_the_next_run_heals(disk: Disk, estrella, files, flags, expected, tmp_path) -> None:
    """Half of the files are there; the others find so much room."""
    seed = 1
    rng = random.Random(seed)
    lake, kept = Lake(disk.folder / "lake", estrella), tmp_path / "kept"
    lake.load(*files.files[::2], flags=flags)
    shutil.copytree(lake.folder, kept)
    used = disk.used_kib()
    lake.load(*files.files, flags=flags)
    needed = disk.used_kib() - used
    stages: Counter[str | None] = Counter()
    for size in range(SIZES):
        shutil.rmtree(lake.folder)
        shutil.copytree(kept, lake.folder)
        disk.leave_free(int(needed * rng.uniform(size, size + 1) / SIZES))
        reader = Reader(files)
        stages[run(lake, files, flags)] += 1
        look(lake, reader)
        disk.resize(AMPLE_KIB)
        lake.load(*files.files, flags=flags)
        reader.look(lake.tables())
        assert_same(tables(lake), expected)
        assert_accounted(lake, files)
    print(f"seed {seed}, {needed} KiB needed: {dict(stages)}")
    assert stages.total() - stages[None] >= SIZES / 2, stages


def test_full_again_and_again_every_stage_is_met(disk: Disk, estrella, files, flags, expected) -> None:
    """A new lake gets a little more room whenever it is full."""
    lake, reader = Lake(disk.folder / "lake", estrella), Reader(files)
    disk.leave_free(STEP_KIB)
    stages: Counter[str] = Counter()
    while stage := run(lake, files, flags):
        stages[stage] += 1
        look(lake, reader)
        disk.leave_free(STEP_KIB * (1 + stages.total() // 4))
    print(dict(stages))
    assert {"extract", "clean", "load-facts", "load-dims"} <= set(stages), stages
    lake.check()
    assert_same(tables(lake), expected)
    assert_accounted(lake, files)
