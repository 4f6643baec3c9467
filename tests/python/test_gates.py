"""Gates hold dimensions back that lose many rows at once, or that lack what the facts have."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from dms import EVENTS, put
from lakes import DIMS, Lake

USERS = "Op,user_id,name,email,created_at,commit_time"
COUNT = 100


def users(raw: Path, *ids: int) -> Path:
    return put(raw, "users/LOAD00000001.csv", USERS, *(f"I,{n},n{n},n{n}@x.example,,2024-03-01 00:00:00" for n in ids))


def deletions(raw: Path, *ids: int) -> Path:
    """A file of changes, named for the least id."""
    rows = (f"D,{n},,,,2024-03-02 00:00:00" for n in ids)
    return put(raw, f"users/20240302-00{min(ids):02}00000.csv", USERS, *rows)


def events(raw: Path, *user_ids: int) -> Path:
    rows = (f"2024-03-01 00:00:{n:02} UTC,view,1,,,b,1.00,{user_id},s{n}" for n, user_id in enumerate(user_ids))
    return put(raw, "../events.csv", EVENTS, *rows)


def current_users(lake: Lake) -> int:
    return sum(row["is_current"] and row["in_source"] for row in lake.read("model.dim_users").to_pylist())


def dims(lake: Lake) -> dict[str, Any]:
    """What can be seen of the dimensions: their heads, and the rows of the users."""
    snapshots = lake.snapshots()
    return {name: snapshots[name] for name in DIMS} | {"rows": lake.read("model.dim_users").to_pylist()}


def test_many_users_gone_at_once_are_held_back_until_somebody_accepts(new_lake: Lake, raw: Path) -> None:
    new_lake.load(users(raw, *range(COUNT)))
    before = dims(new_lake)
    gone = deletions(raw, *range(10, 16))
    held = {"table": "model.dim_users", "gate": "shrinkage", "observed": 6.0, "allowed": 5.0}
    for _ in range(2):
        assert new_lake.load(gone, code=1)["held_back"] == [held]
        assert dims(new_lake) == before
    assert new_lake.load(gone, flags=("--accept-gates",))["held_back"] == []
    assert current_users(new_lake) == COUNT - 6


def test_a_person_reads_what_is_held_back_and_how_to_load_it(new_lake: Lake, raw: Path) -> None:
    new_lake.load(users(raw, *range(COUNT)))
    done = new_lake.estrella.run("run", "--lake", new_lake.folder, "--input", deletions(raw, *range(50)))
    assert done.returncode == 1
    for part in ("model.dim_users", "shrinkage", "50.0", "5.0", "--accept-gates"):
        assert part in done.stdout


def test_few_users_gone_pass_and_the_next_few_are_measured_anew(new_lake: Lake, raw: Path) -> None:
    new_lake.load(users(raw, *range(COUNT)))
    for n in range(3):
        assert new_lake.load(deletions(raw, *range(10 * n + 10, 10 * n + 14)))["held_back"] == []
    assert current_users(new_lake) == COUNT - 12
    assert new_lake.load(deletions(raw, *range(50, 55)), code=1)["held_back"][0]["gate"] == "shrinkage"


def test_deleted_and_inserted_again_is_not_gone(new_lake: Lake, raw: Path) -> None:
    new_lake.load(users(raw, *range(COUNT)))
    deleted = deletions(raw, *range(10, 60))
    rows = (f"I,{n},n{n},,,2024-03-02 00:00:01" for n in range(10, 60))
    again = put(raw, "users/20240303-000000000.csv", USERS, *rows)
    assert new_lake.load(deleted, again)["held_back"] == []
    assert current_users(new_lake) == COUNT
    assert new_lake.read("model.dim_users").num_rows == COUNT + 50


def test_events_of_users_that_the_database_never_had(new_lake: Lake, raw: Path) -> None:
    new_lake.load(users(raw, *range(COUNT)))
    before = dims(new_lake)
    strangers = events(raw, *range(15), 1000)
    held = new_lake.load(strangers, code=1)["held_back"]
    assert held == [{"table": "model.dim_users", "gate": "orphans", "observed": 6.25, "allowed": 5.0}]
    assert dims(new_lake) == before
    assert new_lake.read("model.fact_user_events").num_rows == 16
    # The users arrive after all.
    late = put(raw, "users/20240302-000000000.csv", USERS, "I,1000,late,,,2024-03-02 00:00:00")
    assert new_lake.load(late)["held_back"] == []
    row = next(row for row in new_lake.read("model.dim_users").to_pylist() if row["user_id"] == 1000)
    assert (row["view_count"], row["in_source"]) == (1, True)


def test_strangers_are_let_in_when_somebody_accepts(new_lake: Lake, raw: Path) -> None:
    new_lake.load(users(raw, *range(COUNT)))
    assert new_lake.load(events(raw, *range(15), 1000), flags=("--accept-gates",))["held_back"] == []
    stranger = next(row for row in new_lake.read("model.dim_users").to_pylist() if row["user_id"] == 1000)
    assert (stranger["in_source"], stranger["is_current"], stranger["name_token"]) == (False, True, None)


def test_a_brand_that_is_renamed_to_what_another_is_called(new_lake: Lake, raw: Path) -> None:
    """Under one name there are versions of two rows, here the first of one and the second of the other."""
    load = put(raw, "brands/LOAD00000001.csv", "Op,brand_id,name", "I,1,acme", "I,2,bolt")
    renamed = put(raw, "brands/20240302-000000000.csv", "Op,brand_id,name,commit_time", "U,2,acme,2024-03-02 00:00:00")
    assert new_lake.load(load, renamed)["held_back"] == []


def test_a_table_without_a_role_has_gates_too(new_lake: Lake, raw: Path) -> None:
    columns = [{"name": "id", "type": "long"}, {"name": "label", "type": "string"}]
    table = {"source": "public.shops", "name": "shops", "key": ["id"], "columns": columns}
    mapping = new_lake.folder.parent / "mapping.json"
    mapping.write_text(json.dumps({"tables": [table]}))
    new_lake.load(put(raw, "shops/LOAD00000001.csv", *(f"{n},shop" for n in range(20))), flags=("--mapping", mapping))
    before = new_lake.read("model.dim_shops").to_pylist()
    gone = put(raw, "shops/20240302-000000000.csv", "D,3,", "D,4,")
    assert new_lake.load(gone, code=1)["held_back"][0]["table"] == "model.dim_shops"
    assert new_lake.read("model.dim_shops").to_pylist() == before
    new_lake.load(gone, flags=("--accept-gates",))
    assert sum(row["is_current"] for row in new_lake.read("model.dim_shops").to_pylist()) == 18
