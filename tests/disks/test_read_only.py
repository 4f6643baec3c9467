"""A lake on a disk that cannot be written: it is read as ever, and whoever writes is told where it fails."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from conftest import Disk
from lakes import FACTS, Lake

BAD_INPUT = 2
READS = {
    "tables": ("tables",),
    "describe": ("describe", "dim_users"),
    "history": ("history", "clean.events"),
    "query": ("query", f"SELECT count(*) AS n FROM {FACTS}"),
    "rejected": ("rejected",),
    "status": ("status",),
    "check": ("check",),
    "incidents": ("incidents",),
    "what is held back": ("release",),
    "report": ("report", "--out", "{out}"),
}


@pytest.fixture
def lake(disk: Disk, estrella, files, flags) -> Iterator[Lake]:
    lake = Lake(disk.folder / "lake", estrella)
    lake.load(*files.files[::2], flags=flags)
    disk.read_only()
    yield lake
    disk.writable()


def test_it_is_read(lake, tmp_path) -> None:
    for what, command in READS.items():
        args = [part.format(out=tmp_path / "report.html") for part in command]
        assert lake.estrella.call(*args, "--lake", lake.folder), what
    assert (tmp_path / "report.html").stat().st_size > 10_000
    assert lake.read(FACTS).num_rows > 0


def test_who_writes_is_told_where_it_fails(lake, files, flags) -> None:
    writes = (
        ("run", *flags, "--input", *files.files),
        ("rollback", "clean.events", "--to", lake.snapshots()["clean.events"][0]),
        ("mute", "price*", "--until", "2100-01-01"),
        ("forget", "--user", 1),
    )
    before = lake.snapshots()
    for command in writes:
        ended = lake.estrella.run(*command, "--lake", lake.folder)
        assert ended.returncode == BAD_INPUT, (command, ended)
        assert str(lake.folder) in ended.stderr and "Read-only file system" in ended.stderr, ended.stderr
        assert "run the command again" not in ended.stderr, ended.stderr
    assert lake.snapshots() == before


def test_a_new_lake_is_not_made_there(disk, estrella, files) -> None:
    disk.read_only()
    ended = estrella.run("run", "--lake", disk.folder / "new" / "lake", "--input", *files.files)
    assert ended.returncode == BAD_INPUT
    assert str(disk.folder / "new" / "lake") in ended.stderr and "Read-only file system" in ended.stderr
