"""The jobs to compare: ours, and the peers' scripts."""

from __future__ import annotations

import importlib.util
import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Protocol

import duckdb

from measure import Cost, measure


@dataclass(frozen=True)
class Totals:
    """What every job has to agree on."""

    facts: int
    price_sum: Decimal
    users: int
    products: int
    total_spend: Decimal


class Job(Protocol):
    name: str
    is_the_yardstick: bool

    def run(self, events: Path) -> Cost: ...

    def totals(self) -> Totals: ...


@dataclass
class Estrella:
    binary: Path
    lake: Path
    name: str = "estrella"
    is_the_yardstick: bool = False

    def run(self, events: Path) -> Cost:
        shutil.rmtree(self.lake, ignore_errors=True)
        return self.add(events)

    def add(self, events: Path) -> Cost:
        return measure([self.binary, "run", "--json", "--lake", self.lake, "--input", events])

    def totals(self) -> Totals:
        facts, prices = self._row("SELECT count(*) AS n, sum(price) AS s FROM fact_user_events")
        users, spend = self._row("SELECT count(*) AS n, sum(total_spend) AS s FROM dim_users")
        (products,) = self._row("SELECT count(*) AS n FROM dim_products")
        return Totals(int(facts), Decimal(prices), int(users), int(products), Decimal(spend))

    def _row(self, sql: str) -> list[Decimal]:
        command = [str(self.binary), "query", "--lake", str(self.lake), "--format", "json", sql]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        (row,) = json.loads(output, parse_float=Decimal, parse_int=Decimal)
        return [Decimal(value) for value in row.values()]


@dataclass
class Peer:
    name: str
    script: Path
    out: Path
    is_the_yardstick: bool
    command: tuple[str, ...] = (sys.executable,)

    def run(self, events: Path) -> Cost:
        return measure([*self.command, self.script, events, self.out])

    def totals(self) -> Totals:
        connection = duckdb.connect(config={"threads": 2})

        def row(sql: str) -> tuple:
            return connection.execute(sql).fetchone()

        def dim(name: str) -> str:
            # Spark writes a folder where the others write a file.
            path = self.out / f"{name}.parquet"
            return f"read_parquet('{path}/*.parquet')" if path.is_dir() else f"read_parquet('{path}')"

        facts, prices = row(f"SELECT count(*), {cents('price')} FROM read_parquet('{self.out}/fact/**/*.parquet')")
        users, spend = row(f"SELECT count(*), {cents('total_spend')} FROM {dim('dim_users')}")
        (products,) = row(f"SELECT count(*) FROM {dim('dim_products')}")
        return Totals(facts, Decimal(prices) / 100, users, products, Decimal(spend) / 100)


def cents(column: str) -> str:
    """The sum of a column of floats that stand for whole numbers of cents."""
    return f"sum(round({column} * 100)::HUGEINT)"


def installed_peers(folder: Path, out: Path) -> list[Job]:
    found: list[Job] = []
    for name, package, script in (("Polars (Python)", "polars", "polars_job.py"), ("DuckDB", "duckdb", "duck_job.py")):
        path = folder / script
        if not path.is_file():
            print(f"no {name}: {path} is not there; ESTRELLA_PEERS names its folder", file=sys.stderr)
        elif importlib.util.find_spec(package) is None:
            print(f"no {name}: the package {package} is not installed", file=sys.stderr)
        else:
            found.append(Peer(name, path, out / package, is_the_yardstick=package == "polars"))
    # Spark brings its own Python and needs a Java: it is whichever the shell finds.
    path, submit = folder / "spark_job.py", shutil.which("spark-submit")
    if path.is_file() and submit:
        command = (submit, "--master", "local[2]", "--driver-memory", "8g")
        found.append(Peer("PySpark", path, out / "spark", is_the_yardstick=False, command=command))
    else:
        print("no PySpark: spark-submit is not in the PATH", file=sys.stderr)
    return found
