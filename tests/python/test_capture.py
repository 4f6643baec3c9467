"""The shop's schema, the simulator that writes to it, and the capture that turns its changes into files."""

from __future__ import annotations

import json
import random
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import change_files
from change_files import Change
from lakes import Estrella
from shop_database import SCHEMA, TABLES, Server, ShopDatabase

CHANGES = 2_000
KILLS = 5
TIMES = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")


def simulate(estrella: Estrella, shop: ShopDatabase, log: Path, changes: int, seed: int = 7) -> dict[str, Any]:
    output = estrella.call(
        "generate", "--oltp", shop.url, "--changes", changes, "--seed", seed, "--log", log, "--json"
    )
    return json.loads(output)


def capture(estrella: Estrella, shop: ShopDatabase, raw: Path) -> dict[str, Any]:
    return json.loads(estrella.call("capture", "--oltp", shop.url, "--raw", raw, "--until-idle", "--json"))


def start_capture(estrella: Estrella, shop: ShopDatabase, raw: Path, flush_ms: int = 20) -> subprocess.Popen[bytes]:
    command = [estrella.binary, "capture", "--oltp", shop.url, "--raw", raw, "--flush-interval-ms", str(flush_ms)]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def read_log(*files: Path) -> list[Change]:
    lines = [json.loads(line) for file in files for line in file.read_text(encoding="utf-8").split("\n") if line]
    return [Change("", line["table"], line["op"], line["row"]) for line in lines]


def assert_exact(shop: ShopDatabase, raw: Path, log: list[Change]) -> None:
    """The files lead to the tables as they are, by the changes as they were."""
    changes = change_files.read(raw)
    tables = change_files.apply(changes)
    for table in TABLES:
        assert tables[table] == shop.rows(table), table
    loaded = [change for change in changes if change.is_load]
    streamed = [change for change in changes if not change.is_load]
    assert len({change.seq for change in loaded}) <= 1, "rows of more than one load"
    # The writer was alone, so its order is the order of the commits; the load stands for what came before.
    before, after = log[: len(log) - len(streamed)], log[len(log) - len(streamed) :]
    for ours, theirs in zip(streamed, after, strict=True):
        assert ours.without_place() == theirs.without_place()
    assert change_files.apply(loaded) == change_files.apply(before)
    assert not list(raw.rglob("*.part"))


def test_the_schema_keeps_its_rules(shop: ShopDatabase) -> None:
    shop.psql("-f", str(SCHEMA))
    shop.run("INSERT INTO users (name, email) VALUES ('a', 'a@b'), ('b', 'b@b')")
    shop.run("INSERT INTO categories (name) VALUES ('NULL')")
    shop.run("INSERT INTO products (price, stock) VALUES (1, 0)")
    session = shop.run("INSERT INTO sessions (user_id, device_type, channel) VALUES (1, '', '') RETURNING session_id")
    event = "INSERT INTO events (session_id, user_id, product_id, event_type, price) VALUES ('{}', {}, 1, '{}', 1)"
    shop.run(event.format(session, 1, "view"))
    for wrong in (
        event.format(session, 2, "view"),
        event.format(session, 1, "steal"),
        "INSERT INTO users (name, email) VALUES ('c', 'a@b')",
        "INSERT INTO categories (name) VALUES ('a.b')",
        "INSERT INTO products (price, stock) VALUES (0, 1)",
        "UPDATE products SET stock = -1",
        "DELETE FROM sessions",
        "DELETE FROM products",
        "TRUNCATE users",
    ):
        assert shop.refuses(wrong), wrong
    assert shop.run("SELECT count(*) FROM pg_publication_tables WHERE pubname = 'estrella'") == str(len(TABLES))


def test_one_seed_writes_the_same(estrella: Estrella, postgres: Server, tmp_path: Path) -> None:
    logs = []
    for name in ("seed_a", "seed_b"):
        simulate(estrella, postgres.database(name), tmp_path / name, 500)
        logs.append(TIMES.sub("TIME", (tmp_path / name).read_text(encoding="utf-8")))
    assert logs[0] == logs[1]


def test_killed_at_any_moment_it_loses_nothing(estrella: Estrella, shop: ShopDatabase, tmp_path: Path) -> None:
    raw, logs = tmp_path / "raw", [tmp_path / "first.jsonl", tmp_path / "second.jsonl"]
    simulate(estrella, shop, logs[0], 300)
    command = [estrella.binary, "generate", "--oltp", shop.url, "--changes", str(CHANGES), "--seed", "7"]
    writer = subprocess.Popen([*command, "--pause-ms", "2", "--log", logs[1]], stdout=subprocess.DEVNULL)
    moments = random.Random(5)
    for kill in range(KILLS):
        running = start_capture(estrella, shop, raw, flush_ms=(20, 300)[kill % 2])
        time.sleep(moments.uniform(0.05, 0.6))
        assert running.poll() is None, "it ended by itself"
        running.kill()
        running.wait()
    assert writer.wait(timeout=60) == 0
    capture(estrella, shop, raw)
    log = read_log(*logs)
    assert len(log) == 300 + CHANGES
    assert_exact(shop, raw, log)


def test_what_is_not_in_a_file_comes_again(estrella: Estrella, shop: ShopDatabase, tmp_path: Path) -> None:
    raw, logs = tmp_path / "raw", [tmp_path / f"{n}.jsonl" for n in range(2)]
    simulate(estrella, shop, logs[0], 100)
    capture(estrella, shop, raw)
    running = start_capture(estrella, shop, raw, flush_ms=600_000)
    simulate(estrella, shop, logs[1], 300)
    # Longer than the capture takes to report a position to the server.
    time.sleep(1)
    assert not list(raw.glob("public/*/2*.csv"))
    running.kill()
    running.wait()
    capture(estrella, shop, raw)
    assert_exact(shop, raw, read_log(*logs))


def test_a_load_that_was_killed_is_done_again(estrella: Estrella, shop: ShopDatabase, tmp_path: Path) -> None:
    raw, log = tmp_path / "raw", tmp_path / "log.jsonl"
    simulate(estrella, shop, log, 1_500)
    for moment in range(1, 13):
        running = start_capture(estrella, shop, raw)
        time.sleep(0.005 * moment)
        running.kill()
        running.wait()
        # A row that is gone by the next load must not come back from the one that was cut short.
        if shop.run("SELECT count(*) FROM pg_replication_slots WHERE slot_name = 'estrella'") == "0":
            shop.run("DELETE FROM events WHERE event_id = (SELECT min(event_id::text)::uuid FROM events)")
    capture(estrella, shop, raw)
    tables = change_files.apply(change_files.read(raw))
    assert all(tables[table] == shop.rows(table) for table in TABLES)
    assert not list(raw.rglob("*.part"))


def test_a_load_is_seen_whole_or_not_at_all(estrella: Estrella, shop: ShopDatabase, tmp_path: Path) -> None:
    raw, log = tmp_path / "raw", tmp_path / "log.jsonl"
    simulate(estrella, shop, log, 200)
    file, waiting = (raw / name for name in ("public/brands/LOAD00000001.csv", "_loading/estrella/public/brands"))
    waiting.mkdir(parents=True)
    # Left by a load that was cut short before there was a slot: of no use.
    (waiting / "LOAD00000001.csv.part").write_text("Op,brand_id,name,commit_time,change_seq\n")
    capture(estrella, shop, raw)
    assert_exact(shop, raw, read_log(log))
    # Left by one that was complete, but for the names of its files.
    waiting.mkdir(parents=True, exist_ok=True)
    file.rename(waiting / "LOAD00000001.csv.part")
    capture(estrella, shop, raw)
    assert_exact(shop, raw, read_log(log))


def test_it_goes_on_where_it_ended(estrella: Estrella, shop: ShopDatabase, tmp_path: Path) -> None:
    raw, logs = tmp_path / "raw", [tmp_path / f"{n}.jsonl" for n in range(3)]
    simulate(estrella, shop, logs[0], 200)
    first = capture(estrella, shop, raw)
    assert {name for name, rows in first["tables"].items() if rows["loaded"]} == {f"public.{t}" for t in TABLES}
    for log in logs[1:]:
        simulate(estrella, shop, log, 200)
        report = capture(estrella, shop, raw)
        rows = report["tables"].values()
        assert sum(row["inserts"] + row["updates"] + row["deletes"] for row in rows) == 200
    again = capture(estrella, shop, raw)
    assert again["files"] == 0, "what was confirmed came again"
    assert_exact(shop, raw, read_log(*logs))


def test_a_signal_ends_it_in_good_order(estrella: Estrella, shop: ShopDatabase, tmp_path: Path) -> None:
    raw, log = tmp_path / "raw", tmp_path / "log.jsonl"
    simulate(estrella, shop, log, 200)
    command = [estrella.binary, "capture", "--oltp", shop.url, "--raw", raw, "--flush-interval-ms", "600000"]
    running = subprocess.Popen([*command, "--json"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    deadline = time.monotonic() + 20
    while not list(raw.glob("public/events/LOAD*")):
        assert time.monotonic() < deadline and running.poll() is None
        time.sleep(0.02)
    second = tmp_path / "second.jsonl"
    simulate(estrella, shop, second, 100, seed=8)
    time.sleep(0.5)
    assert not list(raw.glob("public/*/2*.csv")), "written before its time"
    running.send_signal(signal.SIGTERM)
    output, _ = running.communicate(timeout=20)
    assert running.returncode == 0
    rows = json.loads(output)["tables"].values()
    assert sum(row["inserts"] + row["updates"] + row["deletes"] for row in rows) == 100
    assert_exact(shop, raw, read_log(log, second))


def test_a_large_transaction_takes_several_files(estrella: Estrella, shop: ShopDatabase, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    shop.psql("-f", str(SCHEMA))
    capture(estrella, shop, raw)
    shop.run("INSERT INTO brands (name) SELECT 'brand ' || n FROM generate_series(1, 250000) n")
    capture(estrella, shop, raw)
    assert len(list(raw.glob("public/brands/*.csv"))) == 3
    changes = change_files.read(raw)
    assert [change.key for change in changes] == [str(n) for n in range(1, 250_001)]


def test_what_files_cannot_say_is_an_error(estrella: Estrella, shop: ShopDatabase, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    simulate(estrella, shop, tmp_path / "log", 100)
    capture(estrella, shop, raw)
    before = sorted(raw.rglob("*"))
    shop.run("TRUNCATE events")
    for _ in range(2):
        done = estrella.run("capture", "--oltp", shop.url, "--raw", raw, "--until-idle")
        assert done.returncode == 2 and "public.events was truncated" in done.stderr, done.stderr
    assert sorted(raw.rglob("*")) == before


def test_the_longest_texts_are_never_left_out(estrella: Estrella, shop: ShopDatabase, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    shop.psql("-f", str(SCHEMA))
    capture(estrella, shop, raw)
    # Neither fits a row as short as the server likes them, and neither can be compressed.
    texts = random.Random(1)
    name, email = (texts.randbytes(500).hex() for _ in range(2))
    shop.run(f"INSERT INTO users (name, email) VALUES ('{name}', '{email}')")
    shop.run("UPDATE users SET name = ''")
    assert shop.refuses(f"UPDATE users SET name = '{name}+'")
    capture(estrella, shop, raw)
    assert [change.row["email"] for change in change_files.read(raw)] == [email, email]


def test_a_new_column_comes_with_a_new_header(estrella: Estrella, shop: ShopDatabase, tmp_path: Path) -> None:
    raw = tmp_path / "raw"
    shop.psql("-f", str(SCHEMA))
    capture(estrella, shop, raw)
    shop.run("INSERT INTO brands VALUES (1, 'a'); ALTER TABLE brands ADD note text; INSERT INTO brands VALUES (2, '', '')")
    shop.run("UPDATE brands SET brand_id = 3 WHERE brand_id = 2")
    capture(estrella, shop, raw)
    files = sorted(raw.glob("public/brands/*.csv"))
    lines = [line for file in files for line in change_files.parse(file)]
    assert [[*line[:-2]] for line in lines] == [
        ["Op", "brand_id", "name"],
        ["I", "1", "a"],
        ["Op", "brand_id", "name", "note"],
        ["I", "2", "", ""],
        ["D", "2", None, None],
        ["I", "3", "", ""],
    ]
