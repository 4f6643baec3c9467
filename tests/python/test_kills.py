"""Processes that are killed at any moment: what readers see is whole, and in the end all is as if nothing had been."""

from __future__ import annotations

import os
import random
import subprocess
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import pytest

import clocks
import deliveries
from deliveries import Deliveries
from lakes import Estrella, Lake
from standing import Standing
from watch import Reader, assert_accounted, assert_same, tables

KILLS = int(os.environ.get("ESTRELLA_KILLS", "30"))
"""Kills that have to hit; `tests/aws/test_kills.py` has as many."""

PARTS = 6
KILLS_IN_A_ROW = 6


@dataclass(frozen=True)
class Undisturbed:
    """What all files come to in one run."""

    deliveries: Deliveries
    tables: dict[str, list[tuple]]


@dataclass
class Moments:
    """Random moments of runs. How long these take depends on what is left to do and on how busy the machine is, so
    it is learnt from them: three of four are to be hit."""

    rng: random.Random
    longest_seconds: float = 1.0

    def next(self) -> float:
        return self.rng.uniform(0, self.longest_seconds)

    def learn(self, was_hit: bool) -> None:
        self.longest_seconds *= 1.1 if was_hit else 0.75


@pytest.fixture(scope="module")
def undisturbed(estrella: Estrella, key_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Undisturbed:
    folder = tmp_path_factory.mktemp("undisturbed")
    files = deliveries.make(folder / "raw", seed=11)
    lake = Lake(folder / "lake", estrella)
    lake.load(*files.files, flags=flags(key_file))
    assert_accounted(lake, files)
    return Undisturbed(files, tables(lake))


def flags(key_file: Path) -> tuple[object, ...]:
    # What comes first lacks much of what belongs to it, and the gates would say so.
    return ("--accept-gates", "--pii-key-file", key_file)


@pytest.mark.parametrize("is_late", [False, True], ids=["snapshots stay", "snapshots expire in every run"])
def test_killed_at_any_moment_the_tables_are_the_same(
    is_late: bool, undisturbed: Undisturbed, estrella: Estrella, key_file: Path, tmp_path: Path
) -> None:
    seed = 5 + is_late
    moments = Moments(random.Random(seed))
    stages: Counter[str] = Counter()
    rounds = 0
    while stages.total() < KILLS / 2:
        lake = Lake(tmp_path / f"lake-{rounds}", estrella)
        stages += one_round(lake, undisturbed, is_late, key_file, moments)
        rounds += 1
    print(f"seed {seed}: {stages.total()} kills in {rounds} lakes: {dict(stages)}")
    assert len(stages) >= 3, f"kills are to hit several stages: {stages}"


def one_round(
    lake: Lake, undisturbed: Undisturbed, is_late: bool, key_file: Path, moments: Moments
) -> Counter[str]:
    """Files come in parts; each part is tried until a run survives, or others have come meanwhile."""
    rng = moments.rng
    stages: Counter[str] = Counter()
    reader = Reader(undisturbed.deliveries)
    clock = datetime(2026, 1, 1)
    delivered = 0
    for part in parted(undisturbed.deliveries.files, rng):
        delivered += len(part)
        for _ in range(rng.randint(1, KILLS_IN_A_ROW)):
            clock += timedelta(days=9)
            own = clocks.at(lake.estrella, clock) if is_late else lake.estrella
            before = Standing.of(lake)
            process = own.start("run", "--json", "--lake", lake.folder, *flags(key_file), "--input", *part)
            was_killed = kill(process, moments.next())
            moments.learn(was_killed)
            if was_killed:
                stages[Standing.of(lake).reached(before, delivered)] += 1
            lake.check()
            reader.look(lake.tables())
            if not was_killed:
                break
    lake.load(*undisturbed.deliveries.files, flags=flags(key_file))
    reader.look(lake.tables())
    assert_same(tables(lake), undisturbed.tables)
    assert_accounted(lake, undisturbed.deliveries)
    return stages


def parted(files: list[Path], rng: random.Random) -> list[list[Path]]:
    shuffled = rng.sample(files, len(files))
    cuts = sorted(rng.sample(range(1, len(files)), PARTS - 1))
    return [shuffled[a:b] for a, b in zip([0, *cuts], [*cuts, len(files)], strict=True)]


def kill(process: subprocess.Popen[str], after_seconds: float) -> bool:
    """Kills a process, unless it ends before, which it may only do well."""
    try:
        _, stderr = process.communicate(timeout=after_seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        if process.returncode == -9:
            return True
        stderr = ""
    assert process.returncode == 0, f"it ended with {process.returncode} by itself: {stderr}"
    return False
