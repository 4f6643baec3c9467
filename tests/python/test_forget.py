"""Somebody who is forgotten was never there, and does not come back."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import struct
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import xxhash

import clocks
import dms
from dms import EVENTS, FIRST_FILE, Form, put
from lakes import FACTS, STAR, Estrella, Lake, everything, path_of, read_csv_gz
from replay import Change

USER = 777_000_111_222
NUMBER = str(USER)
KILLS = 5
WORDS = tuple(f"{kind} {hashlib.sha256(kind.encode()).hexdigest()[:12]}" for kind in ("Zoë", "Zoë Möller"))
MAILS = ("zoe.4f9c1d@mail.example", "zoe.moeller.77ab02@mail.example")
PLACES = ("change_object", "change_row", "change_seq", "object", "object_version", "line")
"""Columns that say where a row has come from."""


@dataclass(frozen=True)
class Shop:
    """What happened, in event files and in the database."""

    events: list[str]
    refused: list[str]
    log: list[Change]

    def write(self, folder: Path) -> Path:
        folder.mkdir()
        for n, lines in enumerate((self.events[0::3], self.events[1::3], self.events[2::3] + self.refused)):
            (folder / f"events-{n}.csv").write_text("".join(f"{line}\n" for line in [EVENTS, *lines]))
        dms.write(self.log, folder, Form("csv"), random.Random(1))
        return folder

    def without_user(self) -> Shop:
        events = [line for line in self.events if line.split(",")[7] != NUMBER]
        refused = [line for line in self.refused if NUMBER not in line and not any(w in line for w in (*WORDS, *MAILS))]
        log = [change for change in self.log if change.key != USER and change.values.get("user_id") != USER]
        return Shop(events, refused, log)


@pytest.fixture(scope="module")
def shop(estrella: Estrella, tmp_path_factory: pytest.TempPathFactory) -> Shop:
    """Synthetic shoppers, of whom the busiest is the one to be forgotten; sessions that others share with him."""
    folder = tmp_path_factory.mktemp("events")
    estrella.call("generate", "--rows", 3000, "--days", 3, "--start", "2024-02-27", "--seed", 5, "--out", folder)
    rows = [line.split(",") for file in sorted(folder.iterdir()) for line in read_csv_gz(file).splitlines()[1:]]
    users = [row[7] for row in rows]
    busiest = max(set(users), key=users.count)
    for row in rows:
        row[7] = NUMBER if row[7] == busiest else row[7]
    # Of two visits the first half of the events is of the one, and the second half of the other.
    for mine in (True, False):
        session = next(row[8] for row in rows if (row[7] == NUMBER) == mine and len(of_session(rows, row[8])) > 3)
        visit = of_session(rows, session)
        other = next(row[7] for row in rows if row[7] != NUMBER)
        for row in visit[len(visit) // 2 :]:
            row[7] = other if mine else NUMBER
    events = [",".join(row) for row in rows]
    time, *rest = rows[0][:7]
    refused = [
        ",".join([time, "steal", *rest[1:], NUMBER, "s1"]),
        ",".join([time, *rest, NUMBER, ""]),
        ",".join([time, f'"see {WORDS[0]}"', *rest[1:], "1", "s2"]),
        # Statistics have how a text begins.
        ",".join([f"{MAILS[0]} {time}", *rest, "1", "s2"]),
        ",".join([time, "steal", *rest[1:], "2", "s3"]),
    ]
    return Shop(events, refused, database(rows))


def of_session(rows: list[list[str]], session: str) -> list[list[str]]:
    return [row for row in rows if row[8] == session]


def database(rows: list[list[str]]) -> list[Change]:
    """The shop's tables as they were, and what changed: he marries, and has a new address."""
    log: list[Change] = []
    ids = sorted({int(row[7]) for row in rows})
    people = {n: {"name": f"Ann {n}", "email": f"ann{n}@x.example", "created_at": FIRST_FILE} for n in ids}
    people[USER] |= {"name": WORDS[0], "email": MAILS[0]}
    log += [Change("users", "L", FIRST_FILE, n, dict(row)) for n, row in people.items()]
    products = sorted({int(row[2]) for row in rows})[:50]
    log += [Change("brands", "L", FIRST_FILE, n, {"name": f"brand {n}"}) for n in (1, 2)]
    log += [Change("categories", "L", FIRST_FILE, 7, {"parent_id": None, "name": "shoes"})]
    item = {"brand_id": 1, "category_id": 7, "price": Decimal("9.50"), "stock": 3}
    log += [Change("products", "L", FIRST_FILE, n, item) for n in products]
    sessions = {row[8]: int(row[7]) for row in rows if len({r[7] for r in of_session(rows, row[8])}) == 1}
    for n, (session, user) in enumerate(sorted(sessions.items())):
        visit = {"user_id": user, "device_type": ("mobile", "desktop")[n % 2], "channel": "mail", "started_at": None}
        log.append(Change("sessions", "L", FIRST_FILE, session, visit))
    for n, user in enumerate([USER, *ids[:20]]):
        now = FIRST_FILE + timedelta(seconds=n + 1)
        new = {"name": WORDS[1], "email": MAILS[1]} if user == USER else {"email": f"new{user}@x.example"}
        log.append(Change("users", "U", now, user, people[user] | new))
        event = {"session_id": f"s{user}", "user_id": user, "product_id": products[n], "event_type": "purchase"}
        log.append(Change("events", "I", now, f"{n + 1:032x}", event | {"event_time": now, "price": Decimal("5.00")}))
        log.append(Change("products", "U", now, products[n], item | {"brand_id": 2}))
    return log


@pytest.fixture(scope="module")
def raw(shop: Shop, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return shop.write(tmp_path_factory.mktemp("forget") / "raw")


@pytest.fixture(scope="module")
def untouched(estrella: Estrella, raw: Path, key_file: Path) -> Iterator[Lake]:
    """The lake before, loaded in several runs, so that there are snapshots to be forgotten."""
    lake = Lake(raw.parent / "lake", estrella)
    flags = ("--accept-gates", "--pii-key-file", key_file)
    lake.load(raw / "events-0.csv", raw / "public", flags=flags)
    lake.load(raw, flags=flags)
    shutil.copytree(lake.folder, raw.parent / "copy")
    yield lake


@pytest.fixture(scope="module")
def never_there(
    estrella: Estrella, shop: Shop, key_file: Path, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tuple]]:
    """The tables of the same shop without him."""
    folder = tmp_path_factory.mktemp("never")
    lake = Lake(folder / "lake", estrella)
    lake.load(shop.without_user().write(folder / "raw"), flags=("--accept-gates", "--pii-key-file", key_file))
    return {name: rows_of_others(lake, name) for name in lake.names()}


@pytest.fixture
def lake(untouched: Lake) -> Lake:
    """The lake before, in its own place: its tables know where they are."""
    shutil.rmtree(untouched.folder)
    shutil.copytree(untouched.folder.parent / "copy", untouched.folder)
    return untouched


def forget(lake: Lake, code: int = 0) -> dict[str, Any]:
    return json.loads(lake.estrella.call("forget", "--user", USER, "--json", "--lake", lake.folder, code=code))


def rows_of_others(lake: Lake, name: str) -> list[tuple]:
    """All rows but his own, without the columns that say where they have come from."""
    table = lake.read(name)
    kept = [n for n in table.column_names if n not in PLACES]
    rows = table.to_pylist()
    return sorted((tuple(row[n] for n in kept) for row in rows if row.get("user_id") != USER), key=repr)


def assert_forgotten(lake: Lake, never_there: dict[str, list[tuple]]) -> None:
    assert_no_table_has(lake)
    for name in lake.names():
        if name == "restricted.forgotten_users":
            assert lake.read(name).column("user_id").to_pylist() == [USER]
        elif name.split(".")[0] in ("changes", "restricted"):
            # A change is in the log as often as it came.
            assert set(rows_of_others(lake, name)) == set(never_there[name]), name
        elif name in STAR:
            assert rows_of_others(lake, name) == never_there[name], name


def assert_no_table_has(lake: Lake) -> None:
    """No row of any table in any snapshot, read by PyIceberg, has his number or what he is called."""
    for name in lake.names():
        if name == "restricted.forgotten_users":
            continue
        for snapshot in lake.table(name).snapshots():
            text = str(lake.table(name).scan(snapshot_id=snapshot.snapshot_id).to_arrow().to_pylist())
            assert not [word for word in (NUMBER, *WORDS, *MAILS) if word in text], name


def files_with(lake: Lake, words: tuple[bytes, ...]) -> list[Path]:
    return [path for path in lake.folder.rglob("*") if path.is_file() and any(w in everything(path) for w in words)]


def unreferenced(lake: Lake) -> set[str]:
    """Data files that no snapshot of any table has."""
    known: set[str] = set()
    for name in lake.names():
        for snapshot in lake.table(name).snapshots():
            files = lake.table(name).scan(snapshot_id=snapshot.snapshot_id).plan_files()
            known |= {path_of(task.file.file_path) for task in files}
    return {str(path) for path in lake.folder.rglob("*.parquet")} - known


def test_the_lake_knows_him_before(lake: Lake, shop: Shop) -> None:
    """Else there would be nothing to forget."""
    for name in ("clean.events", FACTS, "model.dim_users", "model.dim_sessions", "changes.users", "changes.sessions"):
        assert USER in lake.read(name).column("user_id").to_pylist(), name
    assert NUMBER in lake.read("model.dim_sessions").column("other_user_ids").to_pylist()
    assert lake.read("clean.rejected_events").num_rows >= len(shop.refused)
    assert len(lake.table(FACTS).snapshots()) > 1
    for word in (*WORDS, *MAILS):
        assert files_with(lake, (word.encode(),)), word


def test_everything_is_as_if_he_had_never_been_there(lake: Lake, never_there: dict[str, list[tuple]], shop: Shop) -> None:
    before = {name: rows_of_others(lake, name) for name in ("clean.events", FACTS, "model.dim_users")}
    report = forget(lake)
    assert report["not_loaded"] == [] and report["not_searched"] == []
    gone = {table["table"]: table["rows"] for table in report["tables"]}
    assert gone[FACTS] == gone["clean.events"] and gone["clean.rejected_events"] >= 4
    assert {"changes.users", "changes.sessions", "restricted.users_pii"} < set(gone)
    assert_forgotten(lake, never_there)
    for name, rows in before.items():
        assert rows_of_others(lake, name) == rows, name
    refused = lake.read("clean.rejected_events").column("raw").to_pylist()
    assert shop.refused[-1] in refused and not set(shop.refused[:-1]) & set(refused)


def test_no_file_has_what_he_is_called(lake: Lake) -> None:
    """Not even how it begins."""
    forget(lake)
    assert files_with(lake, tuple(word.encode()[:12] for word in (*WORDS, *MAILS))) == []
    assert unreferenced(lake) == set()


@pytest.mark.xfail(strict=True, reason="the last manifests have the statistics of data files that were taken out")
def test_no_file_has_his_number_but_the_list_of_the_forgotten(lake: Lake) -> None:
    forget(lake)
    # As digits, and as tables and their statistics have it.
    for path in files_with(lake, (NUMBER.encode(), struct.pack("<q", USER))):
        assert path.relative_to(lake.folder).parts[:2] == ("restricted", "forgotten_users"), path


def test_a_clock_that_went_back_forgets_no_less(lake: Lake, never_there: dict[str, list[tuple]]) -> None:
    """Snapshots that it takes for future ones have him too."""
    forget(Lake(lake.folder, clocks.at(lake.estrella, datetime.now() - timedelta(days=3))))
    assert_forgotten(lake, never_there)
    assert files_with(lake, tuple(word.encode()[:12] for word in (*WORDS, *MAILS))) == []


def test_once_more_is_nothing_more(lake: Lake) -> None:
    forget(lake)
    before = lake.snapshots()
    assert forget(lake) == {
        "tables": [],
        "snapshots_expired": 0,
        "files_removed": 0,
        "not_loaded": [],
        "not_searched": [],
    }
    assert lake.snapshots() == before


def test_raw_files_do_not_bring_him_back(
    lake: Lake, never_there: dict[str, list[tuple]], shop: Shop, raw: Path, key_file: Path, tmp_path: Path
) -> None:
    forget(lake)
    flags = ("--accept-gates", "--pii-key-file", key_file)
    lake.load(raw, flags=flags)
    assert_forgotten(lake, never_there)
    copies = tmp_path / "copies"
    for file in [*raw.glob("events-[01].csv"), *raw.rglob("public/*/*.csv")]:
        # What DMS writes once more has another name.
        name = file.name.replace("LOAD0", "LOADF").replace("20240301-", "20240302-")
        copy = copies / file.parent.relative_to(raw) / ("again-" * file.name.startswith("events") + name)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(file, copy)
    summary = lake.load(copies, flags=flags)
    assert_forgotten(lake, never_there)
    own = sum(line.split(",")[7] == NUMBER for line in shop.events[0::3] + shop.events[1::3])
    own += sum(change.table == "events" and change.values["user_id"] == USER for change in shop.log)
    reasons = [row["rejected_by_reason"] for row in summary["objects"]]
    assert sum(row.get("forgotten_user", 0) for row in reasons) == own
    refused = lake.read("clean.rejected_events").to_pylist()
    assert [row["raw"] for row in refused if row["reasons"] == "forgotten_user"] == [""] * own
    assert files_with(lake, tuple(word.encode() for word in (*WORDS, *MAILS))) == []
    assert sum(one["facts"] for one in summary["loaded"]) == 0


def test_refused_rows_that_come_again_are_kept_without_their_text(lake: Lake, shop: Shop, tmp_path: Path) -> None:
    forget(lake)
    before = lake.read("clean.rejected_events").num_rows
    lines = [line for line in shop.refused if NUMBER in line]
    lines += [f"2024-02-27 00:00:00 UTC,view,{NUMBER}", f'"{NUMBER}", half a record']
    again = tmp_path / "again.csv"
    again.write_text("\n".join([EVENTS, *lines, ""]))
    # Not one row is accepted.
    [summary] = lake.load(again, code=1)["objects"]
    assert summary["rejected_by_reason"] == {"forgotten_user": len(lines)}
    assert lake.read("clean.rejected_events").num_rows == before + len(lines)
    assert_no_table_has(lake)


def test_nobody_is_forgotten_while_a_tag_keeps_him(lake: Lake) -> None:
    table = lake.table(FACTS)
    table.manage_snapshots().create_tag(table.snapshots()[0].snapshot_id, "audit").commit()
    before = lake.snapshots()
    command = ("forget", "--user", USER, "--lake", lake.folder)
    ended = lake.estrella.run(*command)
    assert ended.returncode == 2 and "audit" in ended.stderr and FACTS in ended.stderr, ended.stderr
    assert lake.snapshots() == before
    lake.table(FACTS).manage_snapshots().remove_tag("audit").commit()
    forget(lake)
    assert_no_table_has(lake)


def test_what_is_held_back_is_told_and_forgotten_later(lake: Lake, tmp_path: Path) -> None:
    held = tmp_path / "held.csv"
    rows = [f"2020-01-01 00:00:{n:02} UTC,{kind},{n},,,b,1.00,{user},h{n}" for n in range(20) for user, kind in
            ((USER, "view"), (n, "view"), (n, "steal"))]  # fmt: skip
    held.write_text("\n".join([EVENTS, *rows, ""]))
    lake.load(held, code=1)
    report = forget(lake, code=1)
    [waiting] = report["not_loaded"]
    lake.estrella.call("release", Path(waiting).stem, "--lake", lake.folder)
    assert USER in lake.read("clean.events").column("user_id").to_pylist()
    # The shop's database knows nothing of its products: a gate stops this as well until somebody has looked.
    assert "gate" in lake.estrella.run("forget", "--user", USER, "--lake", lake.folder).stderr
    lake.load(held, flags=("--accept-gates",))
    assert forget(lake)["not_loaded"] == []
    assert_no_table_has(lake)
    assert lake.read(FACTS).to_pylist() and 19 in lake.read("model.dim_users").column("user_id").to_pylist()


def test_killed_at_any_moment_it_is_done_by_running_it_again(lake: Lake, never_there: dict[str, list[tuple]]) -> None:
    command = [lake.estrella.binary, "forget", "--user", NUMBER, "--lake", lake.folder]
    begun = time.monotonic()
    subprocess.run(command, check=True, capture_output=True)
    duration = time.monotonic() - begun
    for kill in range(KILLS):
        shutil.rmtree(lake.folder)
        shutil.copytree(lake.folder.parent / "copy", lake.folder)
        running = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(duration * (kill + 0.5) / KILLS)
        running.kill()
        running.wait()
        forget(lake)
        assert_forgotten(lake, never_there)
        # A file that was written or let go in vain may lie there until it is old enough for maintenance.
        with_words = files_with(lake, tuple(word.encode() for word in (*WORDS, *MAILS)))
        assert {str(path) for path in with_words} <= unreferenced(lake), with_words


def test_files_that_were_let_go_and_not_removed_go_with_the_next_run(lake: Lake) -> None:
    """As a run leaves them that is killed between the two: the files, and its note of them."""
    forget(lake)
    copied = [
        Path(shutil.copy(file, lake.folder / "restricted" / "users_pii" / "data"))
        for file in (lake.folder.parent / "copy").rglob("users_pii/data/*.parquet")
    ]
    keys = [str(file.relative_to(lake.folder)) for file in copied]
    person = xxhash.xxh3_64_hexdigest(f"{USER}\nforget".encode())
    note = lake.folder / "landed" / "forget" / f"{person}.json"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(json.dumps(keys))
    forget(lake)
    assert not note.exists()
    assert files_with(lake, tuple(word.encode() for word in (*WORDS, *MAILS))) == []


def test_a_name_with_quotes_is_found_in_what_was_refused(new_lake: Lake, tmp_path: Path) -> None:
    name = '"Zoë ""the best"" Möller"'
    users = put(tmp_path / "raw", "users/LOAD00000001.csv", "Op,user_id,name,email,created_at", f"I,{USER},{name},,")
    time = "2024-03-01 00:00:00 UTC"
    rows = [f"{time},view,{n},,,b,1.00,1,s" for n in range(50)] + [f"{time},{name},1,,,b,1.00,1,s"]
    new_lake.load(users, put(tmp_path / "raw", "../events.csv", EVENTS, *rows), flags=("--accept-gates",))
    assert files_with(new_lake, (b"the best",))
    forget(new_lake)
    assert files_with(new_lake, (b"the best",)) == []
