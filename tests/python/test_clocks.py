"""Clocks that go back between runs and jump within them: tables and their histories are as ever."""

from __future__ import annotations

import os
import random
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import clocks
import deliveries
from deliveries import Deliveries
from lakes import Estrella, Lake
from watch import Reader, assert_accounted, assert_same, tables

NOW = datetime(2026, 6, 15, 12)
DAYS = (0, -5, 20, -30, 1, 19, 8)
"""When runs take place, in days from the first."""

KEPT_DAYS = 7
"""How long snapshots are kept."""

MAX_JUMP_DAYS = 6
JUMP_SECONDS = 0.004


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Deliveries:
    return deliveries.make(tmp_path_factory.mktemp("deliveries"), seed=31)


@pytest.fixture(scope="module")
def flags(key_file: Path) -> tuple[object, ...]:
    return ("--accept-gates", "--pii-key-file", key_file)


@pytest.fixture(scope="module")
def expected(
    estrella: Estrella, files: Deliveries, flags: tuple[object, ...], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tuple]]:
    lake = Lake(tmp_path_factory.mktemp("undisturbed") / "lake", estrella)
    lake.load(*files.files, flags=flags)
    return tables(lake)


def test_runs_that_go_back_by_days_end_in_the_same_tables(
    estrella: Estrella, files: Deliveries, flags: tuple[object, ...], expected: dict[str, list[tuple]], tmp_path: Path
) -> None:
    folder, reader = tmp_path / "lake", Reader(files)
    for n, days in enumerate(DAYS):
        now = NOW + timedelta(days=days)
        lake = Lake(folder, clocks.at(estrella, now))
        before = stamps(lake)
        lake.load(*files.files[n :: len(DAYS)], flags=flags)
        assert_in_order(lake)
        assert max(stamps(lake).values()) == pytest.approx(latest(DAYS[: n + 1]), abs=3_600_000), "the clock is another"
        # What the clock calls old is gone, but no more than that.
        due = milliseconds(now - timedelta(days=KEPT_DAYS))
        kept = set(stamps(lake))
        early = [stamp for snapshot, stamp in before.items() if snapshot not in kept and stamp >= due]
        assert not early, f"{now}: {len(early)} snapshots are gone that are younger than {KEPT_DAYS} days"
        reader.look(lake.tables())
        for command in (("status",), ("status", "--json"), ("incidents",), ("report", "--out", tmp_path / "report.html")):
            lake.estrella.call(*command, "--lake", folder)
    lake = Lake(folder, estrella)
    assert_same(tables(lake), expected)
    assert_accounted(lake, files)


def test_a_clock_that_jumps_within_runs_ends_in_the_same_tables(
    estrella: Estrella, files: Deliveries, flags: tuple[object, ...], expected: dict[str, list[tuple]], tmp_path: Path
) -> None:
    clock, folder, reader = tmp_path / "clock", tmp_path / "lake", Reader(files)
    jumping = Lake(folder, clocks.following(estrella, clock))
    for n in range(3):
        with jumps(clock, random.Random(n)) as times:
            jumping.load(*files.files[n::3], flags=flags)
        assert len(times) > 20, "the clock has hardly moved"
        assert_in_order(jumping)
        assert max(stamps(jumping).values()) > milliseconds(datetime.now(timezone.utc) + timedelta(days=1)), "the clock is another"
        reader.look(jumping.tables())
    lake = Lake(folder, estrella)
    lake.load(*files.files, flags=flags)
    assert_same(tables(lake), expected)
    assert_accounted(lake, files)


def milliseconds(time: datetime) -> float:
    return (time if time.tzinfo else time.replace(tzinfo=timezone.utc)).timestamp() * 1000


def latest(days: Sequence[int]) -> float:
    """When the table was last changed, as it has to look: it never goes back."""
    return milliseconds(NOW + timedelta(days=max(days)))


@contextmanager
def jumps(clock: Path, rng: random.Random) -> Iterator[list[int]]:
    """Sets the clock forward and back all the time, by up to some days."""
    done, offsets = threading.Event(), [0]

    def set_clock() -> None:
        offsets.append(rng.randrange(-MAX_JUMP_DAYS * 86_400, MAX_JUMP_DAYS * 86_400))
        new = clock.with_suffix(".new")
        new.write_text(f"{offsets[-1]:+d}\n")
        # Nobody reads half of it.
        os.replace(new, clock)

    def jump() -> None:
        while not done.wait(JUMP_SECONDS):
            set_clock()

    set_clock()
    thread = threading.Thread(target=jump)
    thread.start()
    try:
        yield offsets
    finally:
        done.set()
        thread.join()


def stamps(lake: Lake) -> dict[int, int]:
    """Times of all snapshots of all tables, in milliseconds since the Unix epoch."""
    return {s.snapshot_id: s.timestamp_ms for table in lake.tables().values() for s in table.snapshots()}


def assert_in_order(lake: Lake) -> None:
    """As readers expect it: what was committed later is not older, and the table was last changed then or later."""
    for name, table in lake.tables().items():
        by_sequence = sorted(table.snapshots(), key=lambda snapshot: snapshot.sequence_number)
        times = [snapshot.timestamp_ms for snapshot in by_sequence]
        assert times == sorted(times), f"{name}: {times}"
        log = [entry.timestamp_ms for entry in table.history()]
        assert log == sorted(log) and log[-1:] == times[-1:], f"{name}: {log} of {times}"
        assert table.metadata.last_updated_ms >= max(times, default=0), name
        assert table.inspect.history().num_rows == len(log)
