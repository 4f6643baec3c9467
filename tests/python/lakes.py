"""A lake, written by the binary and read by PyIceberg and DuckDB alone."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlparse

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
from pyiceberg.catalog import Catalog, load_catalog
from pyiceberg.expressions import AlwaysTrue, BooleanExpression
from pyiceberg.table import Table

STAR = (
    "clean.events",
    "model.fact_user_events",
    "model.dim_users",
    "model.dim_products",
    "model.dim_categories",
    "model.dim_brands",
    "model.dim_sessions",
    "model.dim_time",
)
"""The tables whose rows follow from the events alone, not from when and how they came."""

DIMS = tuple(name for name in STAR if name.startswith("model.dim_"))

FACTS = "model.fact_user_events"

OPS = ("ops.runs", "ops.quality_results", "ops.profiles", "ops.profile_hours", "ops.drift_results")


@dataclass(frozen=True)
class Estrella:
    binary: Path
    environment: Mapping[str, str] = field(default_factory=dict)
    """What is set besides the environment of the tests."""

    def run(self, *args: object) -> subprocess.CompletedProcess[str]:
        process = self.start(*args)
        stdout, stderr = process.communicate()
        return subprocess.CompletedProcess(process.args, process.returncode, stdout, stderr)

    def start(self, *args: object) -> subprocess.Popen[str]:
        command = [str(self.binary), *map(str, args)]
        pipes = {"stdin": subprocess.DEVNULL, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        return subprocess.Popen(command, text=True, env=os.environ | self.environment, **pipes)

    def call(self, *args: object, code: int = 0) -> str:
        done = self.run(*args)
        assert done.returncode == code, f"{args} ended with {done.returncode}: {done.stderr}{done.stdout}"
        return done.stdout


@dataclass(frozen=True)
class Lake:
    folder: Path
    estrella: Estrella

    def load(self, *inputs: Path, code: int = 0, flags: Sequence[object] = ()) -> dict[str, Any]:
        command = ("run", "--json", "--lake", self.folder, *flags, "--input", *inputs)
        summary = json.loads(self.estrella.call(*command, code=code))
        self.check()
        return summary

    def check(self) -> None:
        """Whatever was done to the lake, it is sound."""
        if (self.folder / "catalog.db").exists():
            self.estrella.call("check", "--lake", self.folder)

    @property
    def catalog(self) -> Catalog:
        return load_catalog("estrella", type="sql", uri=f"sqlite:///{self.folder}/catalog.db")

    def table(self, name: str) -> Table:
        return self.catalog.load_table(name)

    def read(self, name: str) -> pa.Table:
        return self.table(name).scan().to_arrow()

    def planned(self, name: str, where: str | BooleanExpression = AlwaysTrue()) -> list[str]:
        """Paths of the Parquet files that PyIceberg plans."""
        files = self.table(name).scan(row_filter=where).plan_files()
        return sorted(path_of(task.file.file_path) for task in files)

    def names(self) -> list[str]:
        """All tables that the catalog lists."""
        catalog = self.catalog
        return [".".join(name) for space in catalog.list_namespaces() for name in catalog.list_tables(space)]

    def tables(self) -> dict[str, Table]:
        """All tables by name; none before there is a catalog."""
        return {name: self.table(name) for name in self.names()} if (self.folder / "catalog.db").exists() else {}

    def snapshots(self) -> dict[str, list[int]]:
        return {name: [snapshot.snapshot_id for snapshot in self.table(name).snapshots()] for name in self.names()}

    def duckdb(self) -> duckdb.DuckDBPyConnection:
        """DuckDB with a view per table over the files that PyIceberg plans."""
        connection = connect()
        for namespace in ("clean", "model", "ops", "changes", "restricted"):
            connection.execute(f"CREATE SCHEMA {namespace}")
        for name in self.names():
            if files := self.planned(name):
                connection.execute(f"CREATE VIEW {name} AS FROM read_parquet({files}, hive_partitioning = false)")
        return connection


def connect() -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect(config={"threads": 2})
    connection.execute("SET TimeZone = 'UTC'")
    return connection


def path_of(location: str) -> str:
    """A data file's location is a path or a file: URI."""
    return unquote(urlparse(location).path) if location.startswith("file:") else location


def star(lake: Lake) -> dict[str, list[tuple[Any, ...]]]:
    """All rows of the tables that follow from the events alone, sorted, read with PyIceberg."""
    return {name: sorted_rows(lake.read(name)) for name in STAR}


def sorted_rows(table: pa.Table) -> list[tuple[Any, ...]]:
    return sorted(zip(*(column.to_pylist() for column in table.columns), strict=True), key=repr)


def assert_conserved(summaries: Sequence[dict[str, Any]], lake: Lake) -> None:
    """Rows in are facts, duplicates or rejected, and the facts are in the table."""
    loaded = [loaded for summary in summaries for loaded in summary["loaded"]]
    for one in loaded:
        kept = one["facts"] + one["duplicates"] + one["rejected"] + one["quarantined"]
        assert one["rows_in"] == kept + one["blocked"] + one["discarded"]
    assert sum(one["facts"] for one in loaded) == lake.read(FACTS).num_rows == lake.read("clean.events").num_rows


def assert_same_rows(connection: duckdb.DuckDBPyConnection, found: str, expected: str) -> None:
    """Both relations hold the same rows, each as often."""
    for ours, theirs, verdict in ((found, expected, "should not be there"), (expected, found, "is missing")):
        # As text: as values, times with a zone would want another package.
        sql = f"SELECT diff::VARCHAR FROM ((FROM {ours}) EXCEPT ALL (FROM {theirs})) AS diff ORDER BY 1 LIMIT 3"
        rows = connection.execute(sql).fetchall()
        assert not rows, f"{found}: {verdict}: {rows}"


def everything(path: Path) -> bytes:
    """The bytes of a file, and what is compressed in them."""
    content = path.read_bytes()
    if path.suffix == ".parquet":
        return content + str(pq.read_table(path).to_pydict()).encode()
    # Nothing else is compressed: manifests neither.
    assert path.suffix != ".avro" or b"avro.codec\x08null" in content, path
    return content + gzip.decompress(content) if content.startswith(b"\x1f\x8b") else content


def read_csv_gz(path: Path) -> str:
    with gzip.open(path, "rt", newline="") as file:
        return file.read()
