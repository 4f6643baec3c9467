"""A change file that cannot be read is refused whole, and says where and why."""

from __future__ import annotations

import gzip
import json
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from dms import put
from lakes import Lake

PRODUCTS = "Op,product_id,brand_id,category_id,price,stock,commit_time"
GOOD = "I,1,,,1.00,5,2024-03-01 00:00:00"
USERS = "Op,user_id,name,email,created_at,commit_time"


def refused(lake: Lake, *args: object) -> subprocess.CompletedProcess[str]:
    """Runs it, and sees that it fails and leaves the lake as it was, but for a note of what was refused."""
    before, receipts = lake.snapshots(), receipts_of(lake)
    done = lake.estrella.run("run", "--lake", lake.folder, *args)
    assert done.returncode == 2, done.stdout + done.stderr
    assert (lake.snapshots(), receipts_of(lake)) == (before, receipts)
    return done


def receipts_of(lake: Lake) -> list[str]:
    landed = lake.folder / "landed"
    files = (path.relative_to(landed) for path in landed.rglob("*") if path.is_file())
    return sorted(str(path) for path in files if path.parts[0] != "refused")


@pytest.mark.parametrize(
    ("rows", "line", "reason"),
    [
        ([GOOD, "U,2.1E+18,,,1.00,5,2024-03-01 00:00:00"], 3, 'column product_id cannot be "2.1E+18"'),
        ([GOOD, "U,,,,1.00,5,2024-03-01 00:00:00"], 3, 'column product_id cannot be "null"'),
        ([GOOD, "U,1,,,1.001,5,2024-03-01 00:00:00"], 3, 'column price cannot be "1.001"'),
        ([GOOD, "U,1,,,99999999999.00,5,2024-03-01 00:00:00"], 3, 'column price cannot be "99999999999.00"'),
        ([GOOD, "U,1,,,1.00,five,2024-03-01 00:00:00"], 3, 'column stock cannot be "five"'),
        ([GOOD, "U,1,,,1.00,5,2024-02-30 00:00:00"], 3, 'column commit_time cannot be "2024-02-30 00:00:00"'),
        ([GOOD, GOOD, "X,1,,,1.00,5,2024-03-01 00:00:00"], 4, 'column Op cannot be "X"'),
        ([GOOD, "U,1,,"], 3, "a row has 4 fields, the table 7 columns"),
        ([GOOD, 'U,"1,,,1.00,5,2024-03-01 00:00:00'], 3, "a quote is never closed"),
    ],
)
def test_a_bad_value_names_object_line_column_and_reason(
    new_lake: Lake, raw: Path, rows: list[str], line: int, reason: str
) -> None:
    new_lake.load(put(raw, "products/LOAD00000001.csv", PRODUCTS, GOOD))
    bad = put(raw, "products/20240301-000100000.csv", PRODUCTS, *rows)
    done = refused(new_lake, "--input", bad)
    assert f"line {line}: {reason}" in done.stderr
    assert str(bad) in done.stderr


def test_the_other_files_of_the_run_are_loaded(new_lake: Lake, raw: Path) -> None:
    put(raw, "products/LOAD00000001.csv", PRODUCTS, GOOD)
    bad = put(raw, "products/20240301-000100000.csv", PRODUCTS, "U,x,,,1.00,5,2024-03-01 00:00:00")
    summary = new_lake.load(raw, code=2)
    assert summary["changes"] == {"products": 1}
    assert [str(bad) in (one["error"] or "") for one in summary["objects"]] == [True, False]
    # Mended at its source, it is taken.
    bad.write_text(f"{PRODUCTS}\nU,1,,,2.00,5,2024-03-01 00:00:00\n")
    new_lake.load(raw)
    assert new_lake.read("model.dim_products").num_rows == 2


def test_a_missing_column(new_lake: Lake, raw: Path) -> None:
    new_lake.load(put(raw, "products/LOAD00000001.csv", PRODUCTS, GOOD))
    bad = put(raw, "products/20240301-000100000.csv", "Op,product_id,brand_id,commit_time", "I,1,2,2024-03-01 00:00:00")
    assert "line 1: missing columns: category_id, price, stock" in refused(new_lake, "--input", bad).stderr


def test_a_table_that_no_mapping_knows(new_lake: Lake, raw: Path) -> None:
    new_lake.load(put(raw, "products/LOAD00000001.csv", PRODUCTS, GOOD))
    bad = put(raw, "coupons/LOAD00000001.csv", "Op,coupon_id,percent", "I,1,10")
    done = refused(new_lake, "--input", bad)
    for part in (str(bad), "public.coupons", "in no mapping", "config/tables.json"):
        assert part in done.stderr


def test_a_bad_row_of_a_parquet_file(new_lake: Lake, raw: Path) -> None:
    new_lake.load(put(raw, "brands/LOAD00000001.csv", "Op,brand_id,name", "I,1,acme"))
    bad = raw / "public" / "brands" / "20240301-000100000.parquet"
    pq.write_table(pa.table({"Op": ["I", "I"], "brand_id": [1, None], "name": ["a", "b"]}), bad)
    assert 'line 2: column brand_id cannot be "null"' in refused(new_lake, "--input", bad).stderr


def test_a_file_that_was_cut(new_lake: Lake, raw: Path) -> None:
    new_lake.load(put(raw, "brands/LOAD00000001.csv", "Op,brand_id,name", "I,1,acme"))
    bad = raw / "public" / "brands" / "20240301-000100000.csv.gz"
    whole = gzip.compress("".join(f"I,{n},brand {n}\n" for n in range(2000)).encode())
    bad.write_bytes(whole[: len(whole) // 2])
    done = refused(new_lake, "--input", bad)
    assert "the gzip stream ends in the middle" in done.stderr and str(bad) in done.stderr


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"columns": [{"name": "id", "type": "text"}]}, '"text" is no type'),
        ({"key": ["nr"]}, "key column nr is no column"),
        ({"source": "shops"}, 'source "shops" is not schema.table'),
        ({"source": "public.users"}, "another table has the same source"),
        ({"role": "users"}, "its role wants a column user_id"),
        ({"columns": [{"name": "id", "type": "long", "personal": True}]}, "personal column id is no string"),
        ({"nonsense": 1}, "unknown field `nonsense`"),
    ],
)
def test_a_mapping_that_makes_no_sense(new_lake: Lake, raw: Path, change: dict, reason: str) -> None:
    good = put(raw, "products/LOAD00000001.csv", PRODUCTS, GOOD)
    new_lake.load(good)
    table = {"source": "public.shops", "name": "shops", "key": ["id"], "columns": [{"name": "id", "type": "long"}]}
    mapping = new_lake.folder.parent / "mapping.json"
    mapping.write_text(json.dumps({"tables": [table | change]}))
    done = refused(new_lake, "--mapping", mapping, "--input", good)
    assert reason in done.stderr and str(mapping) in done.stderr


def test_an_error_shows_no_value_of_a_table_of_persons(new_lake: Lake, raw: Path) -> None:
    """A column too many or too few brings a name to where a time is expected; logs are no place for it."""
    new_lake.load(put(raw, "users/LOAD00000001.csv", USERS, "I,1,Ann,ann@x.example,,2024-03-01 00:00:00"))
    bad = put(raw, "users/20240301-000100000.csv", "I,2,Dr.,Bob Loblaw,bob@x.example,2024-03-01 00:00:00")
    done = refused(new_lake, "--input", bad)
    assert "column created_at" in done.stderr and "line 1" in done.stderr
    assert "bob" not in (done.stderr + done.stdout).lower()
