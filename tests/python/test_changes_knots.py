"""Names that brands share, and rows that change several times in one instant."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

import dms
import expected
import oracle
from dms import EVENTS, Form, put
from lakes import Lake, assert_same_rows
from shop import Shop

CDC = "20240301-000100000.csv"
LATER = "20240301-000200000.csv"


def rows(lake: Lake, name: str, *columns: str) -> list[tuple[Any, ...]]:
    found = lake.read(name).select(columns).to_pylist()
    return sorted((tuple(row.values()) for row in found), key=repr)


def test_two_brands_may_have_one_name(new_lake: Lake, raw: Path) -> None:
    put(raw, "brands/LOAD00000001.csv", "Op,brand_id,name", "I,1,acme", "I,2,bolt")
    put(raw, f"brands/{CDC}", "Op,brand_id,name,commit_time", "U,2,acme,2024-03-01 00:00:00")
    new_lake.load(raw)
    found = rows(new_lake, "model.dim_brands", "brand", "brand_id", "version", "is_current")
    assert found == [("acme", 1, 1, True), ("acme", 2, 2, True), ("bolt", 2, 1, False)]


def test_a_brand_that_was_renamed_goes_on_counting(new_lake: Lake, raw: Path) -> None:
    put(raw, "brands/LOAD00000001.csv", "Op,brand_id,name", "I,1,acme")
    put(raw, f"brands/{CDC}", "Op,brand_id,name,commit_time", "U,1,bolt,2024-03-01 00:00:00")
    put(raw, "../first.csv", EVENTS, "2024-03-02 00:00:00 UTC,view,1,,,bolt,1.00,1,s")
    new_lake.load(raw)
    new_lake.load(put(raw, "../second.csv", EVENTS, "2024-03-02 00:00:01 UTC,view,1,,,bolt,1.00,1,s"))
    assert rows(new_lake, "model.dim_brands", "brand", "view_count") == [("acme", 0), ("bolt", 2)]


def test_a_category_that_is_renamed_and_moved_in_one_instant(new_lake: Lake, raw: Path) -> None:
    put(raw, "categories/LOAD00000001.csv", "Op,category_id,parent_id,name", "I,1,,top", "I,2,,a")
    at = "2024-03-01 00:00:00"
    changes = (f"U,2,,b,{at},1", f"U,2,1,b,{at},2", f"U,2,1,c,{at},3")
    put(raw, f"categories/{CDC}", "Op,category_id,parent_id,name,commit_time,change_seq", *changes)
    new_lake.load(raw)
    found = rows(new_lake, "model.dim_categories", "category_id", "version", "category_code")
    assert found == [(1, 1, "top"), (2, 1, "a"), (2, 2, "b"), (2, 3, "top.b"), (2, 4, "top.c")]


def test_products_show_every_state_of_one_instant(new_lake: Lake, raw: Path) -> None:
    put(raw, "products/LOAD00000001.csv", "Op,product_id,brand_id,category_id,price,stock", "I,1,,,1.00,5")
    at = "2024-03-01 00:00:00"
    changes = (f"U,1,,,2.00,6,{at},1", f"D,1,,,,,{at},2", f"I,1,,,2.00,7,{at},3", f"U,1,,,3.00,8,{at},4")
    header = "Op,product_id,brand_id,category_id,price,stock,commit_time,change_seq"
    put(raw, f"products/{CDC}", header, *changes)
    new_lake.load(raw)
    table = new_lake.read("model.dim_products").sort_by("version")
    assert [str(price) for price in table["price"].to_pylist()] == ["1.00", "2.00", "2.00", "3.00"]
    assert table["is_current"].to_pylist() == [False, False, False, True]
    assert table["valid_to"].to_pylist()[:3] == table["valid_from"].to_pylist()[1:]
    assert set(table["stock"].to_pylist()) == {8}


def test_an_unknown_brand_is_no_orphan(new_lake: Lake, raw: Path) -> None:
    """Events without a brand are usual, and `unknown` is no brand that the database lacks."""
    put(raw, "brands/LOAD00000001.csv", "Op,brand_id,name", "I,1,acme")
    put(raw, "../events.csv", EVENTS, *(f"2024-03-02 00:00:0{n} UTC,view,1,,,acme,1.00,1,s" for n in range(9)),
        "2024-03-02 00:00:10 UTC,view,2,,,,1.00,1,s")  # fmt: skip
    assert new_lake.load(raw)["held_back"] == []


def test_the_category_of_a_fact_has_its_name(new_lake: Lake, raw: Path) -> None:
    """An event that names a category without its id gets no id of another one."""
    put(raw, "categories/LOAD00000001.csv", "Op,category_id,parent_id,name", "I,7,,shoes")
    put(raw, "products/LOAD00000001.csv", "Op,product_id,brand_id,category_id,price,stock", "I,1,,7,1.00,5")
    put(raw, "../events.csv", EVENTS, "2024-03-02 00:00:00 UTC,view,1,,hats,,1.00,1,s")
    new_lake.load(raw, flags=("--accept-gates",))
    assert rows(new_lake, "model.fact_user_events", "category_id", "category_name") == [(None, "hats")]


def test_a_shop_full_of_knots(new_lake: Lake, raw: Path, key_file: Path) -> None:
    log = Shop(seed=11, is_knotty=True).run(steps=1_000).log
    dms.write(log, raw, Form("csv"), random.Random(1))
    new_lake.load(raw, flags=("--pii-key-file", key_file))
    connection = new_lake.duckdb()
    expected.build(connection, log)
    for table in oracle.TABLES:
        assert_same_rows(connection, oracle.loaded_as(table), table)
