"""The events to load, made once and kept in the benchmark's folder."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

SEED = 42


@dataclass(frozen=True)
class Events:
    rows: int
    whole: Path
    """All rows in one csv.gz."""
    day: Path
    """The rows of one day."""


def events(folder: Path, rows: int, peers: Path, binary: Path) -> Events:
    generator = peers / "generator" / "Cargo.toml"
    if generator.is_file():
        return by_peers(folder, rows, generator)
    print(f"no generator in {peers}: making events with estrella generate", file=sys.stderr)
    return by_estrella(folder, rows, binary)


def by_peers(folder: Path, rows: int, manifest: Path) -> Events:
    out = folder / "data" / f"peers-{rows}"
    whole = out / "2020-Apr.csv.gz"
    if not (out / "complete").exists():
        print(f"generating {rows:,} rows", file=sys.stderr)
        target = folder / "generator"
        env = {**os.environ, "CARGO_TARGET_DIR": str(target)}
        subprocess.run(["cargo", "build", "--release", "--quiet", "--manifest-path", manifest], check=True, env=env)
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        command = [target / "release" / "events-generator", str(rows), out, str(SEED)]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        (out / "complete").touch()
    day = sorted(path for path in out.glob("*.csv.gz") if path != whole)[0]
    return Events(rows, whole, day)


def by_estrella(folder: Path, rows: int, binary: Path) -> Events:
    out = folder / "data" / f"estrella-{rows}"
    whole = out / "all.csv.gz"
    if not (out / "complete").exists():
        print(f"generating {rows:,} rows", file=sys.stderr)
        shutil.rmtree(out, ignore_errors=True)
        command = [binary, "generate", "--rows", str(rows), "--seed", str(SEED), "--out", out / "days"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        with gzip.open(whole, "wb", compresslevel=6) as target:
            for number, path in enumerate(sorted((out / "days").iterdir())):
                with gzip.open(path, "rb") as source:
                    header = source.readline()
                    target.write(b"" if number else header)
                    shutil.copyfileobj(source, target, 1 << 20)
        (out / "complete").touch()
    return Events(rows, whole, sorted((out / "days").iterdir())[0])


def new_rows(events: Events, folder: Path) -> Path:
    """One row in a hundred of the day, as events of other sessions."""
    path = folder / "data" / f"new-{events.rows}.csv"
    with gzip.open(events.day, "rt") as source, path.open("w") as target:
        target.write(next(source))
        for number, line in enumerate(source):
            if number % 100 == 0:
                target.write(line.rstrip("\n") + "-new\n")
    return path
