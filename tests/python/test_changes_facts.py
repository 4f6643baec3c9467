"""Facts know what their events did not say, and keep what these did say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from dms import EVENTS, put
from lakes import FACTS, Lake, assert_conserved

EVENT_COLUMNS = "Op,event_id,session_id,user_id,product_id,event_type,event_time,price,commit_time"
ID = "72d76fde-8bb3-4e00-8c23-a032dfed738c"
PRODUCTS = "Op,product_id,brand_id,category_id,price,stock"


def facts(lake: Lake, *columns: str) -> list[tuple[Any, ...]]:
    return sorted(tuple(row.values()) for row in lake.read(FACTS).select(columns).to_pylist())


@pytest.mark.parametrize("first", ["the change", "the event file"])
def test_an_event_that_comes_both_ways_counts_once(first: str, new_lake: Lake, raw: Path) -> None:
    row = f"I,{ID},s,1,2,view,2024-03-01 00:00:00.500000,3.50,2024-03-01 00:00:01"
    change = put(raw, "events/20240301-000100000.csv", EVENT_COLUMNS, row)
    own = f"2024-03-01T00:00:00.5Z,view,2,,,,3.5,1,s,{ID.upper()}"
    file = put(raw, "../events.csv", f"{EVENTS},event_id", own)
    inputs = [change, file] if first == "the change" else [file, change]
    summaries = [new_lake.load(path) for path in inputs]
    assert facts(new_lake, "event_id") == [(ID.replace("-", ""),)]
    assert [summary["loaded"][0]["duplicates"] for summary in summaries] == [0, 1]
    assert_conserved(summaries, new_lake)


def test_a_late_product_change_shifts_what_the_brand_was(new_lake: Lake, raw: Path) -> None:
    events = [f"I,{n},s,1,2,view,2024-03-0{n} 12:00:00,3.50,2024-03-09 00:00:00" for n in (1, 2, 3)]
    put(raw, "events/20240309-000100000.csv", EVENT_COLUMNS, *events)
    put(raw, "brands/LOAD00000001.csv", "Op,brand_id,name", "I,1,acme", "I,2,bolt")
    put(raw, "products/LOAD00000001.csv", PRODUCTS, "I,2,1,,1.00,5")
    new_lake.load(raw)
    assert facts(new_lake, "event_date", "brand") == [(day(n), "acme") for n in (1, 2, 3)]
    late = f"{PRODUCTS},commit_time"
    moved = put(raw, "products/20240302-000100000.csv", late, "U,2,2,,1.00,5,2024-03-02 12:00:00")
    back = put(raw, "products/20240303-000100000.csv", late, "U,2,1,,1.00,5,2024-03-03 00:00:00")
    assert new_lake.load(back)["fact_files_filled"] == 0
    assert new_lake.load(moved)["fact_files_filled"] == 1
    assert facts(new_lake, "event_date", "brand") == [(day(1), "acme"), (day(2), "bolt"), (day(3), "acme")]
    brands = new_lake.read("model.dim_brands").select(["brand", "view_count"]).to_pylist()
    assert sorted(map(tuple, (row.values() for row in brands))) == [("acme", 2), ("bolt", 1)]


def day(n: int) -> date:
    return date(2024, 3, n)


def test_what_an_event_says_itself_stays(new_lake: Lake, raw: Path) -> None:
    put(raw, "brands/LOAD00000001.csv", "Op,brand_id,name", "I,1,acme")
    put(raw, "categories/LOAD00000001.csv", "Op,category_id,parent_id,name", "I,7,,shoes", "I,8,7,boots")
    put(raw, "products/LOAD00000001.csv", PRODUCTS, "I,2,1,8,1.00,5")
    said = ["7,shoes,own", "7,,", "8,,", ",,own", ",,"]
    rows = [f"2024-03-01 00:00:0{n} UTC,view,2,{text},3.50,1,s" for n, text in enumerate(said)]
    put(raw, "../events.csv", EVENTS, *rows)
    new_lake.load(raw, flags=("--accept-gates",))
    assert [row[1:] for row in facts(new_lake, "event_time", "category_id", "category_name", "brand")] == [
        (7, "shoes", "own"),
        (7, "unknown", "acme"),
        (8, "shoes.boots", "acme"),
        (8, "shoes.boots", "own"),
        (8, "shoes.boots", "acme"),
    ]


def test_events_are_never_changed_or_deleted(new_lake: Lake, raw: Path) -> None:
    """What the database does to an event afterwards is refused, and says so."""
    rows = [f"I,{n},s,1,2,view,2024-03-01 00:00:00,3.50,2024-03-01 00:00:01" for n in range(1, 21)]
    rows += ["U,1,s,1,2,view,2024-03-01 00:00:00,9.00,2024-03-01 00:00:02", "D,2,,,,,,,2024-03-01 00:00:03"]
    put(raw, "events/20240301-000100000.csv", EVENT_COLUMNS, *rows)
    summary = new_lake.load(raw)
    assert summary["objects"][0]["rejected_by_reason"] == {"not_an_insert": 2}
    assert_conserved([summary], new_lake)
    assert facts(new_lake, "event_id", "price")[0] == (f"{1:032x}", Decimal("3.50"))
    refused = new_lake.read("clean.rejected_events").sort_by("line").to_pylist()
    assert [row["raw"] for row in refused] == rows[20:]
