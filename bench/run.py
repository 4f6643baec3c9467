"""Measures a load of one big csv.gz, beside the same job by Polars, DuckDB and PySpark where these are installed.

CPU time (user and system) and peak memory are what the kernel counts for the child process; wall time on a busy
machine says little. Every figure is the median of the repeats; the jobs take turns, so that a busy minute hits all.

    ROWS=10000000      rows of the big file; the small one has a tenth
    REPEAT=3           how often each job runs
    ESTRELLA_BIN       the binary, set by make
    ESTRELLA_PEERS     folder of the peers' scripts and their generator, by default ../shared/peers
    ESTRELLA_BENCH     folder for data and lakes, by default in the cache
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import data
import jobs
from measure import Cost, median

ROOT = Path(__file__).resolve().parents[1]
CACHE = Path(os.environ.get("XDG_CACHE_HOME", Path.home() / ".cache")) / "estrella"

CPU_LIMIT = 1.0
PEAK_LIMIT_MIB = 512.0
GROWTH_LIMIT = 1.2


def main() -> int:
    rows = int(os.environ.get("ROWS", 10_000_000))
    repeat = int(os.environ.get("REPEAT", 3))
    binary = Path(os.environ["ESTRELLA_BIN"])
    peers = Path(os.environ.get("ESTRELLA_PEERS", ROOT.parent / "shared" / "peers"))
    folder = Path(os.environ.get("ESTRELLA_BENCH", CACHE / "bench"))
    folder.mkdir(parents=True, exist_ok=True)

    big = data.events(folder, rows, peers, binary)
    small = data.events(folder, max(rows // 10, 1), peers, binary)
    ours = jobs.Estrella(binary, folder / "out" / "lake")
    others = jobs.installed_peers(peers, folder / "out")

    costs: dict[str, list[Cost]] = {}
    for turn in range(repeat):
        for job in (ours, *others):
            print(f"  {turn + 1}/{repeat} {job.name}", file=sys.stderr, flush=True)
            costs.setdefault(job.name, []).append(job.run(big.whole))
    totals = {job.name: job.totals() for job in (ours, *others)}
    # The lake still holds the big file: one hundredth of a day on top of it.
    on_top = ours.add(data.new_rows(big, folder))

    small_costs = [ours.run(small.whole) for _ in range(repeat)]
    day_costs = [ours.run(big.day) for _ in range(repeat)]
    one_percent = ours.add(data.new_rows(big, folder))

    load = median(costs[ours.name])
    print(f"\n{rows:,} rows in one csv.gz of {big.whole.stat().st_size / 2**20:.0f} MiB, median of {repeat}\n")
    print(f"{'job':<22}{'CPU s':>9}{'wall s':>9}{'peak MiB':>10}{'CPU ratio':>11}{'peak ratio':>12}")
    for name, runs in costs.items():
        cost = median(runs)
        print(
            f"{name:<22}{cost.cpu_s:>9.1f}{cost.wall_s:>9.1f}{cost.peak_mib:>10.0f}"
            f"{load.cpu_s / cost.cpu_s:>11.2f}{load.peak_mib / cost.peak_mib:>12.2f}"
        )
    print("ratio: estrella's figure over the job's\n")

    check("peak memory in MiB", load.peak_mib, PEAK_LIMIT_MIB)
    small_peak = median(small_costs).peak_mib
    check(f"peak memory over that of {small.rows:,} rows", load.peak_mib / small_peak, GROWTH_LIMIT)
    for job in others:
        if job.is_the_yardstick:
            check(f"CPU over that of {job.name}", load.cpu_s / median(costs[job.name]).cpu_s, CPU_LIMIT)
    agree = all([same(job.name, totals[ours.name], totals[job.name]) for job in others])
    day = median(day_costs)
    print(f"  info  1 % new rows in one loaded day: {one_percent.cpu_s:.2f} s CPU, {one_percent.cpu_s / day.cpu_s:.2f} of"
          f" the {day.cpu_s:.2f} s that the day took")
    print(f"  info  the same rows on top of all {rows:,}: {on_top.cpu_s:.2f} s CPU, {on_top.cpu_s / load.cpu_s:.2f} of"
          " the first load")
    # How fast a machine is, is no mistake; other rows are.
    return 0 if agree else 1


def check(what: str, found: float, limit: float) -> None:
    print(f"  {'ok  ' if found <= limit else 'MISS'}  {what}: {found:.2f}, at most {limit:g}")


def same(name: str, ours: jobs.Totals, theirs: jobs.Totals) -> bool:
    good = ours == theirs
    print(f"  {'ok  ' if good else 'FAIL'}  same result as {name}: {ours}{'' if good else f', not {theirs}'}")
    return good


if __name__ == "__main__":
    sys.exit(main())
