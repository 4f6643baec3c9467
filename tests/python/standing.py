"""How far a run came, as far as what it has left shows."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from dataclasses import dataclass

from lakes import DIMS, Lake

HEADS = "SELECT table_namespace || '.' || table_name, metadata_location FROM iceberg_tables"


@dataclass(frozen=True)
class Standing:
    """A lake's documents and the states of its tables."""

    heads: Mapping[str, str]
    receipts: int
    runs: int

    @staticmethod
    def of(lake: Lake) -> Standing:
        landed = lake.folder / "landed"
        return Standing(heads(lake), *(len(list((landed / name).glob("*.json"))) for name in ("receipts", "runs")))

    def reached(self, before: Standing, objects: int) -> str:
        """The stage in which a run ended, after which there would be so many objects in all."""
        moved = {name for name, head in self.heads.items() if head != before.heads.get(name) and "/00000-" not in head}
        if any(name.startswith(("changes.", "restricted.")) for name in moved) or moved & set(DIMS):
            return "maintain" if set(DIMS) <= moved else "load-dims"
        if "ops.drift_results" in moved:
            return "detect-drift or load-dims"
        if moved or self.runs > before.runs:
            return "load-facts"
        return "extract" if self.receipts < objects else "clean"


def heads(lake: Lake) -> dict[str, str]:
    """The metadata files that the catalog names."""
    path = lake.folder / "catalog.db"
    if not path.exists():
        return {}
    with sqlite3.connect(path) as catalog:
        is_laid_out = catalog.execute("SELECT 1 FROM sqlite_master WHERE name = 'iceberg_tables'").fetchall()
        return dict(catalog.execute(HEADS)) if is_laid_out else {}
