"""Measures a load of many changes of the shop's products, beside the same merge by DuckDB where that is installed.

Ours keeps every change in a log besides, fills facts in, and writes all dimensions; DuckDB writes the versions only.

    CHANGES=1000000    changes; 15 % of them are the full load, and a fifth as many products
    REPEAT=3           how often each job runs
    ESTRELLA_BIN       the binary, set by make
    ESTRELLA_BENCH     folder for data and lakes, by default in the cache
"""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import changes_data
from measure import Cost, measure, median

CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "estrella"
SUMS = "count(*), count(*) FILTER (is_current), sum(price) FILTER (is_current)"


@dataclass(frozen=True)
class Totals:
    """What both jobs have to agree on."""

    versions: int
    current: int
    current_price_sum: Decimal


@dataclass
class Estrella:
    binary: Path
    lake: Path
    name: str = "estrella"

    def run(self, folder: Path) -> Cost:
        shutil.rmtree(self.lake, ignore_errors=True)
        return self.add(folder)

    def add(self, path: Path) -> Cost:
        return measure([self.binary, "run", "--json", "--lake", self.lake, "--input", path])

    def totals(self) -> Totals:
        sql = "SELECT count(*) AS n, sum(CASE WHEN is_current THEN 1 ELSE 0 END) AS c," \
            " sum(CASE WHEN is_current THEN price END) AS p FROM model.dim_products"
        command = [str(self.binary), "query", "--lake", str(self.lake), "--format", "json", sql]
        output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
        (row,) = json.loads(output, parse_float=Decimal, parse_int=Decimal)
        versions, current, price = (Decimal(value) for value in row.values())
        return Totals(int(versions), int(current), price)


@dataclass
class DuckDB:
    out: Path
    name: str = "DuckDB"

    def run(self, folder: Path) -> Cost:
        self.out.parent.mkdir(parents=True, exist_ok=True)
        return measure([sys.executable, Path(__file__).with_name("changes_duckdb.py"), folder, self.out])

    def totals(self) -> Totals:
        import duckdb

        return Totals(*duckdb.connect().execute(f"SELECT {SUMS} FROM read_parquet('{self.out}')").fetchone())


def main() -> int:
    rows = int(os.environ.get("CHANGES", 1_000_000))
    repeat = int(os.environ.get("REPEAT", 3))
    folder = Path(os.environ.get("ESTRELLA_BENCH", CACHE / "bench"))
    found = changes_data.changes(folder, rows)
    ours = Estrella(Path(os.environ["ESTRELLA_BIN"]), folder / "out" / "changes-lake")
    others = [DuckDB(folder / "out" / "changes.parquet")] if importlib.util.find_spec("duckdb") else []

    costs: dict[str, list[Cost]] = {}
    for turn in range(repeat):
        for job in (ours, *others):
            print(f"  {turn + 1}/{repeat} {job.name}", file=sys.stderr, flush=True)
            costs.setdefault(job.name, []).append(job.run(found.whole))
    totals = {job.name: job.totals() for job in (ours, *others)}
    on_top = ours.add(found.more)

    load = median(costs[ours.name])
    print(f"\n{rows:,} changes of products in {changes_data.FILES + 1} files, median of {repeat}\n")
    print(f"{'job':<22}{'CPU s':>9}{'wall s':>9}{'peak MiB':>10}{'CPU ratio':>11}{'peak ratio':>12}")
    for name, runs in costs.items():
        cost = median(runs)
        print(
            f"{name:<22}{cost.cpu_s:>9.1f}{cost.wall_s:>9.1f}{cost.peak_mib:>10.0f}"
            f"{load.cpu_s / cost.cpu_s:>11.2f}{load.peak_mib / cost.peak_mib:>12.2f}"
        )
    print("ratio: estrella's figure over the job's\n")
    agree = True
    for job in others:
        good = totals[job.name] == totals[ours.name]
        agree &= good
        said = "" if good else f", not {totals[job.name]}"
        print(f"  {'ok  ' if good else 'FAIL'}  same result as {job.name}: {totals[ours.name]}{said}")
    print(f"  info  1 % more changes on top: {on_top.cpu_s:.2f} s CPU, {on_top.cpu_s / load.cpu_s:.2f} of the load")
    # How fast a machine is, is no mistake; other rows are.
    return 0 if agree else 1


if __name__ == "__main__":
    sys.exit(main())
