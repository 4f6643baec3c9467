"""A real full load and real changes, as AWS DMS wrote them, of a table that has no role in the star."""

from __future__ import annotations

import csv
import json
import shutil
from datetime import datetime, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from conftest import data_folder
from lakes import Estrella, Lake, sorted_rows
from replay import Change, histories

LOAD, CDC = "LOAD00000001.csv", "20240809-192717787.csv"
BEGUN = datetime(2024, 8, 9, 19, 27, 17, 787_000, tzinfo=timezone.utc)
"""What the name of the file of changes says; its rows have no times."""

COLUMNS = {
    "customer_number": "long",
    "customer_name": "string",
    "contact_last_name": "string",
    "contact_first_name": "string",
    "phone": "string",
    "address_line_1": "string",
    "address_line_2": "string",
    "city": "string",
    "state": "string",
    "postal_code": "string",
    "country": "string",
    "sales_rep_employee_number": "long",
    "credit_limit": "decimal(10,2)",
}
TABLE = "model.dim_customers"


@pytest.fixture(scope="module")
def sample() -> Path:
    folder = data_folder() / "dms" / "customers"
    if not (folder / LOAD).is_file():
        pytest.skip(f"the real files are not in {folder}; ESTRELLA_DATA names another folder")
    return folder


@pytest.fixture(scope="module")
def mapping(tmp_path_factory: pytest.TempPathFactory) -> Path:
    columns = [{"name": name, "type": kind} for name, kind in COLUMNS.items()]
    table = {"source": "dms.customers", "name": "customers", "key": ["customer_number"], "columns": columns}
    path = tmp_path_factory.mktemp("mapping") / "mapping.json"
    path.write_text(json.dumps({"tables": [table]}))
    return path


@pytest.fixture(scope="module")
def loaded(estrella: Estrella, sample: Path, mapping: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    lake = Lake(tmp_path_factory.mktemp("customers") / "lake", estrella)
    summary = lake.load(sample, flags=("--mapping", mapping))
    assert summary["changes"] == {"customers": 126}
    return lake


def changes(sample: Path) -> list[Change]:
    """The changes of both files, in order, without our code."""
    found = []
    for name in (LOAD, CDC):
        with (sample / name).open(newline="", encoding="utf-8") as file:
            for row in csv.reader(file):
                op, fields = ("L", row) if name == LOAD else (row[0], row[1:])
                columns = zip(COLUMNS.items(), fields, strict=True)
                values = {column: typed(field, kind) for (column, kind), field in columns}
                found.append(Change("customers", op, BEGUN, values.pop("customer_number"), values))
    return found


def typed(field: str, kind: str) -> Any:
    if field == "":
        return None
    return {"long": int, "string": str}.get(kind, Decimal)(field)


def test_customers_are_what_a_plain_replay_gives(loaded: Lake, sample: Path) -> None:
    wanted = [
        (n, v.valid_from, v.valid_to, v.valid_to is None, key, *v.values.values())
        for key, versions in histories(changes(sample)).items()
        for n, v in enumerate(versions, start=1)
    ]
    found = loaded.read(TABLE)
    assert found.column_names == ["customers_key", "version", "valid_from", "valid_to", "is_current", *COLUMNS]
    assert sorted_rows(found.drop_columns("customers_key")) == sorted(wanted, key=repr)
    assert len(set(found["customers_key"].to_pylist())) == found.num_rows


def test_there_are_123_customers_and_one_has_a_history(loaded: Lake) -> None:
    rows = loaded.read(TABLE).to_pylist()
    assert sum(row["is_current"] for row in rows) == 123
    own = sorted((row for row in rows if row["customer_number"] == 497), key=lambda row: row["version"])
    names = [(row["contact_last_name"], row["contact_first_name"], row["is_current"]) for row in own]
    assert names == [("Mitesh", "Valarie", False), ("Ruffy", "Valarie", False), ("Mitesh", "Ravatka", True)]
    others = [row for row in rows if row["customer_number"] != 497]
    assert {row["valid_from"].year for row in others} == {1970}
    assert {(row["valid_from"], row["valid_to"]) for row in own} == {(BEGUN, BEGUN), (BEGUN, None)}


@pytest.mark.parametrize(
    "runs",
    [[[CDC], [LOAD]], [[LOAD], [CDC], [LOAD, CDC]], [[CDC, LOAD], ["again"]]],
    ids=["load last", "twice", "copied"],
)
def test_any_order_gives_the_same_customers(
    loaded: Lake, new_lake: Lake, sample: Path, mapping: Path, runs: list[list[str]]
) -> None:
    copied = new_lake.folder.parent / "again" / "dms" / "customers"
    shutil.copytree(sample, copied)
    for run in runs:
        files = [copied] if run == ["again"] else [sample / name for name in run]
        new_lake.load(*files, flags=("--mapping", mapping))
    assert sorted_rows(new_lake.read(TABLE)) == sorted_rows(loaded.read(TABLE))


def test_the_mapping_stays_in_the_lake(loaded: Lake, sample: Path) -> None:
    before = loaded.snapshots()
    loaded.load(sample)
    assert loaded.snapshots() == before
