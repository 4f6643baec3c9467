"""Rules hold batches back, set rows aside or warn; what is held back is decided by a human. Read with PyIceberg alone."""

from __future__ import annotations

import json
import threading
from pathlib import Path
from typing import Any

import pytest

from lakes import FACTS, Lake

HEADER = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"
HELD_BACK = 1
BAD_INPUT = 2


def events(
    path: Path, hour: int, *prices: str, brand: str = "acme", kind: str = "view", day: str = "2019-10-01"
) -> Path:
    """A file with an event per price in one hour."""
    rows = (
        f"{day} {hour:02}:{n // 60:02}:{n % 60:02} UTC,{kind},{n + 1},7,a.b,{brand},{price},{n},s{hour}-{n}"
        for n, price in enumerate(prices)
    )
    path.write_text("\n".join([HEADER, *rows]) + "\n")
    return path


def rules(lake: Lake, name: str, *lines: str) -> None:
    path = lake.folder / "config" / "rules" / f"{name}.dqdl"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("Rules = [\n" + ",\n".join(f"    {line}" for line in lines) + "\n]\n")


def results(lake: Lake, name: str) -> list[dict[str, Any]]:
    """Results of the rules that a test has written: the shipped sets begin with comments, and have none so early."""
    rows = lake.read("ops.quality_results").sort_by("checked_at").to_pylist()
    own = ("clean_events:2", "clean_events:3")
    return [row for row in rows if row["rule_id"] in own and row["check_name"] == name]


def release(lake: Lake, command: str, *args: str, code: int = 0) -> str:
    return lake.estrella.call(command, *args, "--lake", lake.folder, code=code)


def batch_id(lake: Lake) -> str:
    return release(lake, "release").split()[0]


def hours(lake: Lake) -> set[int]:
    return set(lake.read(FACTS)["hour_of_day"].to_pylist()) if FACTS in lake.names() else set()


def test_nobody_sees_a_row_of_a_blocked_hour_before_it_is_released(new_lake: Lake, tmp_path: Path) -> None:
    new_lake.load(events(tmp_path / "good.csv", 8, *["5.00"] * 50))
    rules(new_lake, "clean_events", 'Mean "price" < 100 labels=["severity"="block"]')
    bad = events(tmp_path / "bad.csv", 9, *["500.00"] * 50)

    seen: list[set[int]] = []
    stop = threading.Event()

    def look() -> None:
        while not stop.is_set():
            seen.append(hours(new_lake))

    reader = threading.Thread(target=look)
    reader.start()
    summary = new_lake.load(bad, code=HELD_BACK)
    stop.set()
    reader.join()
    assert len(seen) > 1 and all(found == {8} for found in seen), seen
    assert hours(new_lake) == {8}
    for name in ("clean.events", "ops.profile_hours"):
        assert new_lake.read(name).num_rows == {"clean.events": 50, "ops.profile_hours": 1}[name]
    assert summary["loaded"][0]["blocked"] == 50

    listed = release(new_lake, "release")
    assert "Mean of price is 500, expected" in listed and "(clean_events:2)" in listed, listed
    told = release(new_lake, "release", batch_id(new_lake), "--note", "sale of pianos", "--by", "ann")
    assert "50 facts" in told
    assert hours(new_lake) == {8, 9}
    assert new_lake.read(FACTS).num_rows == 100
    last = [row for row in new_lake.read("ops.runs").to_pylist() if row["status"] == "released"]
    assert [(row["facts"], row["decided_by"], row["note"]) for row in last] == [(50, "ann", "sale of pianos")]


def test_a_batch_is_discarded_once_and_for_all(new_lake: Lake, tmp_path: Path) -> None:
    new_lake.load(events(tmp_path / "good.csv", 8, *["5.00"] * 10))
    rules(new_lake, "clean_events", 'Mean "price" < 100')
    bad = events(tmp_path / "bad.csv", 9, *["500.00"] * 20)
    new_lake.load(bad, code=HELD_BACK)
    batch = batch_id(new_lake)
    assert "20 rows" in release(new_lake, "discard", batch, "--note", "in cents", "--by", "bob")
    assert "discarded before" in release(new_lake, "discard", batch)
    assert release(new_lake, "release") == "nothing is held back\n"
    assert "discarded before" in new_lake.estrella.run("release", batch, "--lake", new_lake.folder).stderr
    release(new_lake, "release", batch, code=BAD_INPUT)

    runs = new_lake.read("ops.runs").to_pylist()
    (row,) = [row for row in runs if row["status"] == "discarded"]
    assert (row["rows_in"], row["discarded"], row["facts"]) == (20, 20, 0)
    assert (row["decided_by"], row["note"]) == ("bob", "in cents")
    # The object is extracted already, so it does not come back by itself.
    new_lake.load(bad)
    assert hours(new_lake) == {8}
    assert not list((new_lake.folder / "landed" / "parts").rglob("*.parquet"))


def test_rows_that_break_a_rule_are_set_aside_with_its_name(new_lake: Lake, tmp_path: Path) -> None:
    new_lake.load(events(tmp_path / "first.csv", 7, "1.00"))
    rules(
        new_lake,
        "clean_events",
        'ColumnValues "price" < 1000 labels=["action"="quarantine"]',
        'ColumnValues "brand" != "junk" labels=["action"="quarantine"]',
    )
    good = events(tmp_path / "good.csv", 8, "5.00", "5000.00", "7.00", "9999.00")
    junk = events(tmp_path / "junk.csv", 9, "5.00", "5001.00", brand="junk")
    summary = new_lake.load(good, junk)
    assert (summary["loaded"][0]["facts"], summary["loaded"][0]["quarantined"]) == (2, 4)
    aside = new_lake.read("clean.quarantined_events").to_pylist()
    found = sorted((str(row["price"]), row["brand"], row["rule_ids"]) for row in aside)
    assert found == [
        ("5.00", "junk", "clean_events:3"),
        ("5000.00", "acme", "clean_events:2"),
        ("5001.00", "junk", "clean_events:2,clean_events:3"),
        ("9999.00", "acme", "clean_events:2"),
    ]
    ids = {row["event_id"] for row in aside}
    assert len(ids) == 4 and not ids & set(new_lake.read("clean.events")["event_id"].to_pylist())
    # What was measured is what was loaded.
    measured = new_lake.read("ops.profile_hours").to_pylist()
    assert {row["event_hour"].hour: row["rows"] for row in measured} == {7: 1, 8: 2}
    rows = results(new_lake, "ColumnValues")
    assert {(row["rule_id"], row["outcome"], row["failing_rows"]) for row in rows} == {
        ("clean_events:2", "quarantine", 3),
        ("clean_events:3", "quarantine", 2),
    }
    # Loaded again, nothing changes.
    before = new_lake.snapshots()
    new_lake.load(good, junk)
    assert new_lake.snapshots() == before


def test_a_rule_over_history_learns_and_then_judges(new_lake: Lake, tmp_path: Path) -> None:
    new_lake.load(events(tmp_path / "first.csv", 0, "1.00"))
    rules(new_lake, "clean_events", 'RowCount > avg(last(3)) * 0.5 labels=["severity"="warn"]')
    for hour, count in ((1, 100), (2, 110), (3, 90), (4, 100), (5, 20)):
        new_lake.load(events(tmp_path / f"{hour}.csv", hour, *["1.00"] * count))
    outcomes = [(row["observed"], row["outcome"]) for row in results(new_lake, "RowCount")]
    # Three values are needed. The first load was under the shipped rules, which do not count rows.
    skip = [(100.0, "skip"), (110.0, "skip"), (90.0, "skip")]
    assert outcomes == [*skip, (100.0, "pass"), (20.0, "warn")], outcomes


def test_rules_that_cannot_be_read_stop_the_run_and_say_where(new_lake: Lake, tmp_path: Path) -> None:
    new_lake.load(events(tmp_path / "first.csv", 7, "1.00"))
    rules(new_lake, "clean_events", "RowCount > 0", 'Complete "price" > 0.9')
    before = new_lake.snapshots()
    refused = new_lake.estrella.run(
        "run", "--lake", new_lake.folder, "--input", events(tmp_path / "next.csv", 8, "1.00")
    )
    assert refused.returncode == BAD_INPUT, refused
    assert "config/rules/clean_events.dqdl" in refused.stderr and "line 3" in refused.stderr, refused.stderr
    assert "did you mean IsComplete?" in refused.stderr, refused.stderr
    assert new_lake.snapshots() == before
    rules(new_lake, "clean_events", "RowCount > 0")
    assert new_lake.load(tmp_path / "next.csv")["loaded"][0]["facts"] == 1


def test_sql_and_references_are_asked_of_the_rows(new_lake: Lake, tmp_path: Path) -> None:
    new_lake.load(events(tmp_path / "first.csv", 7, *["1.00"] * 5))
    rules(
        new_lake,
        "clean_events",
        'CustomSql "select count(*) from primary where price > 2.5" <= 1 labels=["severity"="warn"]',
        'ReferentialIntegrity "product_id" "dim_products.product_id" >= 0.9 labels=["severity"="warn"]',
    )
    # Products 1 to 5 are known, 6 to 10 are not.
    new_lake.load(events(tmp_path / "next.csv", 8, *["1.00"] * 8, "3.00", "4.00"))
    (sql,) = results(new_lake, "CustomSql")
    assert (sql["observed"], sql["outcome"]) == (2.0, "warn")
    (reference,) = results(new_lake, "ReferentialIntegrity")
    assert (reference["observed"], reference["outcome"]) == (0.5, "warn")


@pytest.mark.parametrize("name", ["raw", "fact_user_events"])
def test_objects_and_facts_have_rules_too(new_lake: Lake, tmp_path: Path, name: str) -> None:
    new_lake.load(events(tmp_path / "first.csv", 7, "1.00"))
    rule = {"raw": 'ColumnValues "rows_in" > 1', "fact_user_events": 'ColumnValues "hour_of_day" != 9'}[name]
    rules(new_lake, name, rule)
    summary = new_lake.load(events(tmp_path / "next.csv", 9, "1.00"), code=HELD_BACK)
    assert summary["loaded"][0]["blocked"] == 1
    assert f"({name}:2)" in release(new_lake, "release")
    (row,) = [row for row in new_lake.read("ops.quality_results").to_pylist() if row["outcome"] == "block"]
    assert row["rule_id"] == f"{name}:2" and row["rule"] == rule


def test_dimensions_are_held_back_by_their_rules(new_lake: Lake, tmp_path: Path) -> None:
    new_lake.load(events(tmp_path / "first.csv", 7, "1.00"))
    rules(new_lake, "dim_products", "RowCount < 3")
    summary = new_lake.load(events(tmp_path / "next.csv", 8, *["1.00"] * 5), code=HELD_BACK)
    assert summary["held_back"][0]["table"] == "model.dim_products", json.dumps(summary["held_back"])
    assert new_lake.read("model.dim_products").num_rows == 1
    assert new_lake.read(FACTS).num_rows == 6
    rules(new_lake, "dim_products", "RowCount < 30")
    new_lake.load(events(tmp_path / "third.csv", 9, "1.00"))
    assert new_lake.read("model.dim_products").num_rows == 5
