"""A reader who looks at every state of every table that anybody could have seen."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Set
from dataclasses import dataclass, field

import pyarrow as pa
from pyiceberg.table import Table

from deliveries import Deliveries
from lakes import DIMS, FACTS, STAR, Lake, sorted_rows

EVENTS = ("clean.events", FACTS)
KEYS = {
    "model.dim_users": ("user_key",),
    "model.dim_products": ("product_key",),
    "model.dim_categories": ("category_key",),
    "model.dim_brands": ("brand_key",),
    "model.dim_sessions": ("session_id",),
    "model.dim_time": ("time_key",),
    "clean.rejected_events": ("object", "line"),
    "ops.runs": ("run_id",),
}
assert set(DIMS) <= set(KEYS)


@dataclass
class Reader:
    deliveries: Deliveries
    seen: set[int] = field(default_factory=set)

    def look(self, tables: Mapping[str, Table]) -> None:
        """Reads the snapshots that are new since the last look."""
        for name, table in tables.items():
            for snapshot in table.snapshots():
                if snapshot.snapshot_id not in self.seen:
                    self.seen.add(snapshot.snapshot_id)
                    self.judge(name, table.scan(snapshot_id=snapshot.snapshot_id).to_arrow())

    def judge(self, name: str, rows: pa.Table) -> None:
        """A table as some reader saw it."""
        if name in EVENTS:
            ids = rows.column("event_id").to_pylist()
            assert len(ids) == len(set(ids)), f"{name}: {len(ids) - len(set(ids))} ids are repeated"
            self.whole_files(name, set(ids))
        elif name in KEYS:
            keys = list(zip(*(rows.column(key).to_pylist() for key in KEYS[name]), strict=True))
            assert len(keys) == len(set(keys)), f"{name}: keys are repeated"
        elif name.startswith("changes."):
            self.whole_change_files(name, Counter(rows.column("change_object").to_pylist()))

    def whole_files(self, name: str, ids: Set[str]) -> None:
        """Rows are those of some files, all of each."""
        files = self.deliveries.event_ids.values()
        whole = set().union(*(own for own in files if own <= ids))
        torn = {path.name for path, own in self.deliveries.event_ids.items() if own & ids - whole}
        assert ids == whole, f"{name}: some rows but not all, or none of theirs: {torn}, {len(ids - whole)} rows"

    def whole_change_files(self, name: str, found: Counter[str]) -> None:
        for path, (table, rows) in self.deliveries.change_rows.items():
            if name == f"changes.{table}":
                end = str(path.relative_to(self.deliveries.folder))
                of_file = sum(n for place, n in found.items() if place.endswith(end))
                assert of_file in (0, rows), f"{name}: {of_file} of the {rows} rows of {end}"


def tables(lake: Lake) -> dict[str, list[tuple]]:
    """All rows of the tables that follow from the files alone, not from the runs that they came in."""
    logs = [name for name in lake.names() if name.startswith(("changes.", "restricted."))]
    return {name: sorted_rows(lake.read(name)) for name in (*STAR, "clean.rejected_events", *sorted(logs))}


def assert_same(found: dict[str, list[tuple]], wanted: dict[str, list[tuple]]) -> None:
    """Row for row, each as often."""
    assert found.keys() == wanted.keys()
    for name, rows in wanted.items():
        extra, missing = Counter(found[name]) - Counter(rows), Counter(rows) - Counter(found[name])
        few = f"should not be there: {list(extra)[:2]}, are missing: {list(missing)[:2]}"
        assert not extra and not missing, f"{name}: {len(extra)} rows too many, {len(missing)} too few; {few}"


def assert_accounted(lake: Lake, deliveries: Deliveries) -> None:
    """Over all runs, every row of every file was accounted for once."""
    runs = lake.read("ops.runs").to_pylist()
    assert sum(run["rows_in"] for run in runs) == deliveries.rows_in
    assert sum(run["facts"] for run in runs) == lake.read(FACTS).num_rows
    hours = lake.read("ops.profile_hours").to_pylist()
    assert sum(hour["rows"] for hour in hours) == lake.read(FACTS).num_rows
