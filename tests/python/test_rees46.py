"""Real files of the public dataset, and the figures that another engine found in them."""

from __future__ import annotations

import gzip
from decimal import Decimal
from pathlib import Path

import pytest

from lakes import Lake, star

HEAD = "2019-Oct_head_17k.csv"


def one(lake: Lake, sql: str) -> tuple:
    return lake.duckdb().execute(sql).fetchone()


def test_every_row_is_accounted_for(estrella, rees46: Path, new_lake: Lake) -> None:
    summary = new_lake.load(rees46 / HEAD)
    loaded = summary["loaded"][0]
    assert (loaded["rows_in"], loaded["facts"], loaded["duplicates"], loaded["rejected"], loaded["blocked"]) == (
        17_435,
        17_410,
        5,
        20,
        0,
    )
    assert summary["objects"][0]["rejected_by_reason"] == {"price_not_positive": 19, "unparsable_row": 1}


def test_facts(real: Lake) -> None:
    row = one(
        real,
        """
        SELECT count(*), count(*) FILTER (event_type = 'view'), count(*) FILTER (event_type = 'cart'),
            count(*) FILTER (event_type = 'purchase'), sum(price), sum(price) FILTER (event_type = 'purchase'),
            count(DISTINCT user_id), count(DISTINCT product_id), count(DISTINCT session_id), count(DISTINCT event_id),
            count(*) FILTER (brand = 'unknown'), count(*) FILTER (category_name = 'unknown'),
            count(*) FILTER (event_date <> DATE '2019-10-01'), count(*) FILTER (day_of_week <> 3)
        FROM model.fact_user_events
        """,
    )
    assert row == (
        17_410,
        17_032,
        164,
        214,
        Decimal("5089646.85"),
        Decimal("59442.63"),
        4_500,
        6_479,
        5_061,
        17_410,
        2_457,
        5_730,
        0,
        0,
    )


def test_pyiceberg_counts_the_same(real: Lake) -> None:
    scan = real.table("model.fact_user_events").scan
    assert scan().count() == 17_410
    assert scan(row_filter="event_type = 'purchase'").count() == 214
    assert [real.read(f"model.dim_{name}").num_rows for name in ("users", "products", "sessions")] == [
        4_500,
        6_479,
        5_061,
    ]


def test_refused_rows_say_why(real: Lake, rees46: Path) -> None:
    rejected = real.read("clean.rejected_events").to_pylist()
    reasons = [row["reasons"] for row in rejected]
    assert (reasons.count("price_not_positive"), reasons.count("unparsable_row"), len(reasons)) == (19, 1, 20)
    lines = (rees46 / HEAD).read_bytes().split(b"\r\n")
    for row in rejected:
        assert row["raw"].encode() == lines[row["line"] - 1]
        assert row["object"].endswith(HEAD)


def test_one_session_is_shared_by_two_users(real: Lake) -> None:
    shared = one(
        real,
        "SELECT count(*), count(*) FILTER (has_many_users), count(other_user_ids) FROM model.dim_sessions",
    )
    assert shared == (5_061, 1, 1)


def test_dimensions_add_up_to_the_facts(real: Lake) -> None:
    for table, money in (
        ("users", "total_spend"),
        ("products", "revenue"),
        ("brands", "revenue"),
        ("sessions", "revenue"),
    ):
        sums = one(
            real,
            f"SELECT sum(view_count), sum(cart_count), sum(purchase_count), sum({money}) FROM model.dim_{table}",
        )
        assert sums == (17_032, 164, 214, Decimal("59442.63")), table


def test_twice_changes_nothing(real: Lake, rees46: Path) -> None:
    before = real.snapshots()
    real.load(rees46 / HEAD)
    assert real.snapshots() == before


def test_halves_in_the_other_order(real: Lake, rees46: Path, new_lake: Lake) -> None:
    lines = (rees46 / HEAD).read_bytes().splitlines(keepends=True)
    header, middle = lines[0], len(lines) // 2
    for name, half in (("second", lines[middle:]), ("first", lines[1:middle])):
        path = new_lake.folder.parent / f"{name}.csv"
        path.write_bytes(header + b"".join(half))
        new_lake.load(path)
    assert star(new_lake) == star(real)


@pytest.mark.parametrize("members", [1, 7])
def test_as_gzip(real: Lake, rees46: Path, new_lake: Lake, members: int) -> None:
    whole = (rees46 / HEAD).read_bytes()
    size = -(-len(whole) // members)
    path = new_lake.folder.parent / "head.csv.gz"
    path.write_bytes(b"".join(gzip.compress(whole[at : at + size]) for at in range(0, len(whole), size)))
    new_lake.load(path)
    assert star(new_lake) == star(real)


def test_a_file_with_a_byte_order_mark(rees46: Path, new_lake: Lake) -> None:
    rows = (rees46 / "example_bom.csv").read_bytes().splitlines()[1:]
    loaded = new_lake.load(rees46 / "example_bom.csv")["loaded"][0]
    assert (loaded["rows_in"], loaded["facts"], loaded["rejected"]) == (len(rows), len(rows), 0)


def test_a_file_that_a_spreadsheet_damaged(rees46: Path, new_lake: Lake) -> None:
    """Every row is refused, each with the reason, and the exit code says that something was held back."""
    name = "excel_damaged_2019-Oct.csv"
    rows = (rees46 / name).read_bytes().splitlines()[1:]
    new_lake.load(rees46 / name, code=1)
    rejected = new_lake.read("clean.rejected_events").to_pylist()
    assert [row["raw"].encode() for row in sorted(rejected, key=lambda row: row["line"])] == rows
    assert all("bad_category_id" in row["reasons"].split(",") for row in rejected)
    assert new_lake.read("model.fact_user_events").num_rows == 0


def test_a_file_without_a_header(estrella, rees46: Path, new_lake: Lake) -> None:
    path = rees46 / "no_header_head.csv"
    done = estrella.run("run", "--lake", new_lake.folder, "--input", path)
    assert done.returncode == 2
    assert path.name in done.stderr and "line 1" in done.stderr and "no header" in done.stderr
    assert not (new_lake.folder / "catalog.db").exists() or not any(new_lake.snapshots().values())
