"""Changes of products as AWS DMS writes them, made once and kept in the benchmark's folder."""

from __future__ import annotations

import random
import shutil
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

SEED = 42
FILES = 20
HEADER = "Op,product_id,brand_id,category_id,price,stock,commit_time,change_seq\n"
LOADED_AT = datetime(2024, 3, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Changes:
    rows: int
    whole: Path
    """Folder of the full load and its changes."""
    more: Path
    """One file with one change in a hundred on top of it."""


class Products:
    """A catalogue that changes: prices most of all, stock without history, some come and some go."""

    def __init__(self, keys: int) -> None:
        self.rng = random.Random(SEED)
        self.keys = keys
        self.rows: dict[int, list[int]] = {}
        self.number = 0
        self.now = LOADED_AT

    def load(self, rows: int) -> Iterator[str]:
        for key in range(rows):
            yield self.line("I", key, self.new(key), LOADED_AT, "NULL")

    def change(self, rows: int) -> Iterator[str]:
        """Three changes in ten are of the transaction of the one before."""
        for _ in range(rows):
            self.number += 1
            if self.rng.random() > 0.3:
                self.now += timedelta(milliseconds=700)
            key = int(self.rng.random() ** 2 * self.keys)
            chance = self.rng.random()
            held = self.rows.get(key)
            if held is None:
                yield self.step("I", key, self.new(key))
            elif chance < 0.04:
                del self.rows[key]
                yield self.step("D", key, held)
            else:
                if chance < 0.60:
                    held[2] = self.rng.randrange(100, 100_000)
                elif chance < 0.90:
                    held[3] = self.rng.randrange(1000)
                elif chance < 0.95:
                    held[0] = self.rng.randrange(5_000)
                yield self.step("U", key, held)

    def new(self, key: int) -> list[int]:
        rng = self.rng
        self.rows[key] = [rng.randrange(5_000), rng.randrange(1_000), rng.randrange(100, 100_000), rng.randrange(1000)]
        return self.rows[key]

    def step(self, op: str, key: int, values: list[int]) -> str:
        hundredths = self.now.microsecond // 10_000
        return self.line(op, key, values, self.now, f"{self.now:%Y%m%d%H%M%S}{hundredths:02}{self.number:019}")

    @staticmethod
    def line(op: str, key: int, values: list[int], time: datetime, sequence: str) -> str:
        brand, category, cents, stock = values
        price = f"{cents // 100}.{cents % 100:02}"
        return f"{op},{key},{brand},{category},{price},{stock},{time:%Y-%m-%d %H:%M:%S.%f},{sequence}\n"


def changes(folder: Path, rows: int) -> Changes:
    """A full load of 15 % of the rows and changes for the rest, of a fifth as many keys as rows."""
    out = folder / "data" / f"changes-{rows}"
    table = out / "whole" / "public" / "products"
    more = out / "more" / "public" / "products" / "20240401-000000000.csv"
    if not (out / "complete").exists():
        print(f"generating {rows:,} changes", file=sys.stderr)
        shutil.rmtree(out, ignore_errors=True)
        for path in (table, more.parent):
            path.mkdir(parents=True)
        products = Products(rows // 5)
        loaded = rows * 15 // 100
        write(table / "LOAD00000001.csv", products.load(loaded))
        for n in range(FILES):
            first, last = (rows - loaded) * n // FILES, (rows - loaded) * (n + 1) // FILES
            write(table / f"20240301-{n:02}0000000.csv", products.change(last - first))
        write(more, products.change(rows // 100))
        (out / "complete").touch()
    return Changes(rows, out / "whole", more)


def write(path: Path, lines: Iterator[str]) -> None:
    with path.open("w") as file:
        file.write(HEADER)
        file.writelines(lines)
