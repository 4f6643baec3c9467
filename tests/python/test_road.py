"""The whole road: a shop that writes to PostgreSQL, a capture that is killed, loads meanwhile, and the star at the end.

What is expected comes from the database and from the simulator's log. Of the captured files only this is taken: how
many changes came as changes, and so which of them were part of the load.
"""

from __future__ import annotations

import random
import subprocess
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import groupby
from pathlib import Path
from typing import Any

import pytest

import change_files
from dms import COLUMNS, LONG, PRICE, TIME
from expected import catalogue, events_of, filled, of_table, tokens
from lakes import FACTS, Estrella, Lake, everything
from replay import Change, histories
from shop_database import SCHEMA, TABLES, Server, ShopDatabase, empty_database
from test_capture import capture, read_log, start_capture

CHANGES = 10_000
KILLS = 5
BEGIN = datetime(2000, 1, 1, tzinfo=timezone.utc)

History = dict[Any, tuple[list[tuple], bool]]
"""The states of each key in their order, and whether the last one still holds."""


@dataclass(frozen=True)
class Road:
    shop: ShopDatabase
    lake: Lake
    log: list[Change]
    """All changes in the order of the log, which stands for their time; L is what the load had."""

    def rows(self, table: str) -> list[dict[str, Any]]:
        """What the database has now."""
        return [typed(table, row) for row in self.shop.rows(table).values()]

    def current(self, table: str) -> list[dict[str, Any]]:
        """The rows that the view of the current state shows of the database."""
        rows = self.lake.read(f"model.dim_{table}").to_pylist()
        return [row for row in rows if row["is_current"] and row["in_source"]]

    def versions(self, table: str, *columns: str) -> History:
        """The history of every key that the database has or had, as the dimension tells it."""
        rows = self.lake.read(f"model.dim_{table}").to_pylist()
        found: dict[Any, list[dict]] = {}
        for row in sorted(rows, key=lambda row: row["version"]):
            if row["in_source"]:
                found.setdefault(row[TABLES[table][0]], []).append(row)
        for versions in found.values():
            # A key never comes back later than in the transaction in which it goes.
            for one, next_one in zip(versions, versions[1:]):
                assert one["version"] + 1 == next_one["version"] and one["valid_to"] == next_one["valid_from"]
            assert [v["is_current"] for v in versions[:-1]] == [False] * (len(versions) - 1)
        return {key: (states(versions, columns), versions[-1]["is_current"]) for key, versions in found.items()}

    def logged(self, table: str, *columns: str) -> History:
        """The same by the log."""
        without_history = ("stock",) if table == "products" else ()
        found = histories(of_table(self.log, table), without_history)
        return {
            key: (states([v.values for v in versions], columns), versions[-1].valid_to is None)
            for key, versions in found.items()
        }


@pytest.fixture(scope="module")
def road(estrella: Estrella, postgres: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Road]:
    folder = tmp_path_factory.mktemp("road")
    raw, log, lake = folder / "raw", folder / "log.jsonl", Lake(folder / "lake", estrella)
    with empty_database(postgres, "road") as shop:
        # The capture needs its publication, and the simulator takes what is there.
        shop.psql("-f", str(SCHEMA))
        command = [estrella.binary, "generate", "--oltp", shop.url, "--changes", str(CHANGES), "--seed", "11"]
        # Slow enough to be at it still when the last capture is killed, on a busy machine too.
        command += ["--pause-ms", "3"]
        writer = subprocess.Popen([*command, "--log", log], stdout=subprocess.DEVNULL)
        wait_for_changes(log, 200)
        moments = random.Random(3)
        for kill in range(KILLS):
            running = start_capture(estrella, shop, raw, flush_ms=(50, 300)[kill % 2])
            if kill == 0:
                wait_for_files(raw)
            time.sleep(moments.uniform(0.1, 0.8))
            if kill % 2:
                # While files arrive.
                assert load(lake, raw) in (0, 1)
            assert running.poll() is None, "it ended by itself"
            running.kill()
            running.wait()
            assert load(lake, raw) in (0, 1)
        assert writer.wait(timeout=120) == 0
        capture(estrella, shop, raw)
        assert load(lake, raw) == 0
        yield Road(shop, lake, with_load(read_log(log), change_files.read(raw)))


def wait_for_changes(log: Path, count: int) -> None:
    deadline = time.monotonic() + 20
    while not log.exists() or log.read_bytes().count(b"\n") < count:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def wait_for_files(raw: Path) -> None:
    """Until the capture has begun: changes that are made from now on are its own."""
    deadline = time.monotonic() + 60
    while not list(raw.rglob("*.csv")):
        assert time.monotonic() < deadline
        time.sleep(0.01)


def load(lake: Lake, raw: Path) -> int:
    """Loads what there is, and how it ended; at first there may be nothing."""
    if not list(raw.rglob("*.csv")):
        return 0
    done = lake.estrella.run("run", "--lake", lake.folder, "--input", raw)
    assert done.returncode in (0, 1), done.stderr
    return done.returncode


def with_load(log: list[change_files.Change], captured: list[change_files.Change]) -> list[Change]:
    """The log with the load in the place of the changes that were made before."""
    before = len(log) - sum(not change.is_load for change in captured)
    assert 0 < before < len(log) == CHANGES
    loaded = change_files.apply(log[:before])
    changes = [timed("L", before - 1, table, row) for table, rows in loaded.items() for row in rows.values()]
    return changes + [timed(change.op, n, change.table, change.row) for n, change in enumerate(log[before:], before)]


def timed(op: str, place: int, table: str, row: change_files.Row) -> Change:
    key, *rest = typed(table, row).items()
    time = BEGIN + timedelta(seconds=place)
    # An event happens where it stands in the log.
    return Change(table, op, time, key[1], {name: time if name == "event_time" else value for name, value in rest})


def typed(table: str, row: change_files.Row) -> dict[str, Any]:
    kinds = {LONG: int, PRICE: Decimal, TIME: lambda text: datetime.fromisoformat(text).replace(tzinfo=timezone.utc)}
    return {n: None if v is None else kinds.get(COLUMNS[table][n], str)(v) for n, v in row.items()}


def states(rows: Sequence[dict[str, Any]], columns: Sequence[str]) -> list[tuple]:
    """The rows' values in their order, equal neighbours once."""
    return [state for state, _ in groupby(tuple(row[name] for name in columns) for row in rows)]


def with_tokens(row: dict[str, Any], key: bytes) -> tuple:
    return (*tokens(row, key), row["created_at"])


def key_of(lake: Lake) -> bytes:
    return (lake.folder / "pii.key").read_bytes().rstrip(b"\n")


def test_users_are_those_of_the_database(road: Road) -> None:
    key = key_of(road.lake)
    wanted = {row["user_id"]: with_tokens(row, key) for row in road.rows("users")}
    columns = ("name_token", "email_token", "registered_at")
    assert {row["user_id"]: tuple(row[c] for c in columns) for row in road.current("users")} == wanted


def test_brands_are_those_of_the_database(road: Road) -> None:
    wanted = sorted((row["brand_id"], row["name"]) for row in road.rows("brands"))
    assert sorted((row["brand_id"], row["brand"]) for row in road.current("brands")) == wanted


def test_categories_are_those_of_the_database(road: Road) -> None:
    wanted = {row["category_id"]: (row["parent_id"], row["name"]) for row in road.rows("categories")}
    current = road.current("categories")
    assert {row["category_id"]: (row["parent_id"], row["category_name"]) for row in current} == wanted
    codes = {row["category_id"]: row["category_code"] for row in current}
    for row in current:
        above = "" if row["parent_id"] is None else codes[row["parent_id"]] + "."
        assert row["category_code"] == above + row["category_name"]


def test_products_are_those_of_the_database(road: Road) -> None:
    wanted = {row["product_id"]: row for row in road.rows("products")}
    current = road.current("products")
    assert {row["product_id"]: {name: row[name] for name in TABLES["products"]} for row in current} == wanted
    brands = {row["brand_id"]: row["name"] for row in road.rows("brands")}
    assert {row["product_id"]: row["brand"] for row in current} == {
        product_id: brands.get(row["brand_id"], "unknown") for product_id, row in wanted.items()
    }


def test_users_have_the_history_of_the_log(road: Road) -> None:
    key = key_of(road.lake)
    logged = road.logged("users", "name", "email", "created_at")
    wanted = {
        user_id: ([(*tokens({"name": n, "email": e}, key), c) for n, e, c in own], holds)
        for user_id, (own, holds) in logged.items()
    }
    assert road.versions("users", "name_token", "email_token", "registered_at") == wanted


def test_brands_have_the_history_of_the_log(road: Road) -> None:
    assert road.versions("brands", "brand") == road.logged("brands", "name")


def test_categories_have_the_history_of_the_log(road: Road) -> None:
    wanted = road.logged("categories", "parent_id", "name")
    assert road.versions("categories", "parent_id", "category_name") == wanted


def test_products_have_the_history_of_the_log(road: Road) -> None:
    columns = ("brand_id", "category_id", "price", "stock")
    assert road.versions("products", *columns) == road.logged("products", *columns)


def test_the_log_has_what_makes_histories_hard(road: Road) -> None:
    """Rows that change twice, go, and come back: else the tests above would say little."""
    for table in ("users", "brands", "categories", "products"):
        ops = Counter(change.op for change in of_table(road.log, table))
        assert min(ops["L"], ops["I"], ops["U"], ops["D"]) > 0, (table, ops)
        assert max(len(own) for own, _ in road.logged(table, *TABLES[table][1:]).values()) > 2


def test_facts_are_the_events_of_the_database(road: Road) -> None:
    """Events that the database has removed stay facts."""
    ids = {row["event_id"].replace("-", "") for row in road.rows("events")}
    removed = {change.key.replace("-", "") for change in of_table(road.log, "events") if change.op == "D"}
    found = road.lake.read(FACTS).column("event_id").to_pylist()
    assert len(found) == len(set(found)) and removed
    assert int(road.shop.run("SELECT count(*) FROM events")) == len(ids) == len(set(found) - removed)
    assert set(found) - removed == ids
    known = {change.key.replace("-", "") for change in of_table(road.log, "events") if change.op in "LI"}
    assert set(found) == known


def test_facts_say_what_was_so_when_they_happened(road: Road) -> None:
    sessions = {key: own[-1].values for key, own in histories(of_table(road.log, "sessions")).items()}
    known = catalogue(road.log)
    wanted = {event["event_id"]: filled(event, known, sessions) for event in events_of(road.log)}
    times = {row["event_id"].replace("-", ""): row["event_time"] for row in road.rows("events")}
    facts = road.lake.read(FACTS).to_pylist()
    for fact in facts:
        event = wanted[fact["event_id"]] | {"event_time": times.get(fact["event_id"], fact["event_time"])}
        assert {name: fact[name] for name in event} == event
    now = {row["product_id"]: row for row in road.current("products")}
    for fact_says, row_says in (("brand", "brand"), ("category_name", "category_code")):
        changed = sum(fact[fact_says] != now[fact["product_id"]][row_says] for fact in facts if fact["product_id"] in now)
        assert 0 < changed < len(facts), fact_says


def test_nothing_outside_of_restricted_says_who_they_are(road: Road) -> None:
    users = [change.values for change in of_table(road.log, "users") if change.op != "D"]
    others = {change.values.get("name") for change in road.log if change.table in ("brands", "categories")}
    # Short names are part of anything.
    names = {row["name"] for row in users if len(row["name"]) > 8} - others
    secrets = [text.encode() for text in names | {row["email"] for row in users}]
    restricted = 0
    for path in road.lake.folder.rglob("*"):
        if path.is_file():
            content = everything(path)
            found = any(text in content for text in secrets)
            if path.relative_to(road.lake.folder).parts[0] == "restricted":
                restricted += found
            else:
                assert not found, path
    assert restricted
