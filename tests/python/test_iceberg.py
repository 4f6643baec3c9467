"""The lake is plain Iceberg: PyIceberg opens, plans, prunes and reads it without us."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from pyiceberg.types import DateType, DecimalType, LongType, StringType, TimestamptzType

from lakes import OPS, STAR, Lake

FACTS = "model.fact_user_events"
EVERY_TABLE = (*STAR, *OPS, "clean.rejected_events")
DAY = "2019-10-03"


def test_the_catalog_lists_every_table(synthetic: Lake) -> None:
    spaces = ["changes", "clean", "model", "ops", "restricted"]
    assert sorted(synthetic.catalog.list_namespaces()) == [(space,) for space in spaces]
    assert sorted(synthetic.snapshots()) == sorted(EVERY_TABLE)


@pytest.mark.parametrize("name", EVERY_TABLE)
def test_every_table_is_read(synthetic: Lake, name: str) -> None:
    table = synthetic.table(name)
    rows = table.scan().to_arrow()
    assert rows.num_rows > 0
    assert rows.column_names == [field.name for field in table.schema().fields]
    summary = table.current_snapshot().summary
    assert rows.num_rows == int(summary["total-records"])
    assert len(synthetic.planned(name)) == int(summary["total-data-files"])


@pytest.mark.parametrize("name", EVERY_TABLE)
def test_every_column_is_documented_and_required_ones_hold_no_null(synthetic: Lake, name: str) -> None:
    table = synthetic.table(name)
    rows = table.scan().to_arrow()
    for number, field in enumerate(table.schema().fields, start=1):
        assert field.doc and field.field_id == number
        assert not field.required or rows[field.name].null_count == 0


@pytest.mark.parametrize("name", EVERY_TABLE)
def test_files_carry_the_field_ids_and_the_types_of_the_table(synthetic: Lake, name: str) -> None:
    table = synthetic.table(name)
    expected = [(field.name, str(field.field_id)) for field in table.schema().fields]
    for path in synthetic.planned(name):
        schema = pq.read_schema(path)
        assert [(field.name, field.metadata[b"PARQUET:field_id"].decode()) for field in schema] == expected
        for field in schema:
            assert not pa.types.is_timestamp(field.type) or field.type == pa.timestamp("us", tz="UTC")


def test_types_are_exact(synthetic: Lake) -> None:
    schema = synthetic.table(FACTS).schema()
    types = {field.name: field.field_type for field in schema.fields}
    assert types["price"] == DecimalType(12, 2)
    assert types["event_time"] == TimestamptzType()
    assert types["event_date"] == DateType()
    assert types["user_id"] == LongType()
    assert types["event_id"] == StringType()
    assert synthetic.table("model.dim_users").schema().find_field("total_spend").field_type == DecimalType(18, 2)
    rows = synthetic.table(FACTS).scan(selected_fields=("price", "event_time")).to_arrow()
    assert rows.schema.field("price").type == pa.decimal128(12, 2)
    assert rows.schema.field("event_time").type == pa.timestamp("us", tz="UTC")


@pytest.mark.parametrize("name", ["clean.events", FACTS])
def test_a_filter_on_the_date_plans_fewer_files(synthetic: Lake, name: str) -> None:
    everything = synthetic.read(name)
    one_day = synthetic.planned(name, f"event_date = '{DAY}'")
    assert 0 < len(one_day) < len(synthetic.planned(name))

    scan = synthetic.table(name).scan(row_filter=f"event_date = '{DAY}'", selected_fields=("event_id", "event_time"))
    found = scan.to_arrow()
    assert found.column_names == ["event_id", "event_time"]
    expected = everything.filter(pc.equal(everything["event_date"], dt.date.fromisoformat(DAY)))
    assert sorted(found["event_id"].to_pylist()) == sorted(expected["event_id"].to_pylist())
    assert {time.date() for time in found["event_time"].to_pylist()} == {dt.date.fromisoformat(DAY)}


def test_a_filter_on_the_time_plans_fewer_files(synthetic: Lake) -> None:
    """Not the partition column: the bounds of each file tell."""
    where = f"event_time >= '{DAY}T00:00:00+00:00'"
    assert 0 < len(synthetic.planned(FACTS, where)) < len(synthetic.planned(FACTS))


def test_rows_are_sorted_by_time_within_each_file(synthetic: Lake) -> None:
    for path in synthetic.planned(FACTS):
        times = pq.read_table(path, columns=["event_time"])["event_time"].cast(pa.int64()).to_pylist()
        assert times == sorted(times), path


def test_older_snapshots_stay_readable(new_lake: Lake, synthetic_csv) -> None:
    lines = synthetic_csv.read_text().splitlines(keepends=True)
    first, second = new_lake.folder.parent / "first.csv", new_lake.folder.parent / "second.csv"
    first.write_text("".join(lines[:1001]))
    second.write_text("".join(lines[:1] + lines[1001:2001]))
    new_lake.load(first)
    then = new_lake.read(FACTS)
    old = new_lake.table(FACTS).current_snapshot().snapshot_id
    new_lake.load(second)
    assert new_lake.read(FACTS).num_rows > then.num_rows
    assert new_lake.table(FACTS).scan(snapshot_id=old).to_arrow().num_rows == then.num_rows


def test_pyiceberg_writes_beside_us(new_lake: Lake, synthetic_csv) -> None:
    """What another engine commits is kept, and built upon by the next run."""
    lines = synthetic_csv.read_text().splitlines(keepends=True)
    first, second = new_lake.folder.parent / "first.csv", new_lake.folder.parent / "second.csv"
    first.write_text("".join(lines[:1001]))
    second.write_text("".join(lines[:1] + lines[1001:2001]))
    new_lake.load(first)
    rejected = new_lake.table("clean.rejected_events")
    row = {"object": "by hand", "object_version": "1", "line": 1, "reasons": "bad_price", "raw": "x"}
    rejected.append(pa.Table.from_pylist([row], schema=rejected.schema().as_arrow()))
    new_lake.load(second)
    objects = new_lake.read("clean.rejected_events")["object"].to_pylist()
    assert objects.count("by hand") == 1
    assert new_lake.read(FACTS).num_rows == new_lake.read("clean.events").num_rows
