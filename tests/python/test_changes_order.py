"""The star does not depend on what arrives first: events, or what the shop's database says of them."""

from __future__ import annotations

import random
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest

import dms
import expected
import identity
import oracle
from dms import EVENTS, Form, put
from lakes import FACTS, Lake, assert_conserved, assert_same_rows
from replay import Change
from shop import SIZES, Shop

ORDERS = {
    "events, then what they lack": ["events", "sessions", "products", "brands", "categories", "users"],
    "names before products": ["brands", "sessions", "events", "categories", "users", "products"],
    "events last": ["users", "categories", "brands", "products", "sessions", "events"],
}


@pytest.fixture(scope="module")
def log() -> list[Change]:
    return Shop(seed=23).run(steps=500).log


@pytest.fixture(scope="module")
def in_files(log: list[Change]) -> list[dict[str, Any]]:
    """Events of the shop that come by event files: some say brand and category themselves."""
    rng = random.Random(5)
    sessions = [change for change in log if change.table == "sessions"]

    def event(n: int) -> dict[str, Any]:
        session = rng.choice(sessions)
        says_category = rng.random() < 0.4
        return {
            "event_time": datetime(2024, 3, 1, tzinfo=timezone.utc) + timedelta(seconds=rng.randrange(90_000)),
            "event_type": rng.choice(["view", "cart", "purchase"]),
            "user_id": session.values["user_id"],
            "product_id": rng.randrange(SIZES["products"]),
            "price": Shop(n).price(),
            "session_id": session.key,
            "category_id": rng.randrange(SIZES["categories"]) if says_category else None,
            "category_name": rng.choice(["unknown", "said.by.event"]) if says_category else "unknown",
            "brand": rng.choice(["unknown", "unknown", "said by event"]),
        }

    return [with_id(event(n)) for n in range(300)]


def with_id(event: dict[str, Any]) -> dict[str, Any]:
    said = {name: "" if event[name] == "unknown" else event[name] for name in ("category_name", "brand")}
    whole = identity.Event(
        event_time_us=(event["event_time"] - identity.EPOCH) // timedelta(microseconds=1),
        event_type=event["event_type"],
        product_id=event["product_id"],
        category_id=event["category_id"],
        category_code=said["category_name"],
        brand=said["brand"],
        price_cents=int(event["price"] * 100),
        user_id=event["user_id"],
        session_id=event["session_id"],
    )
    return event | {"event_id": whole.event_id()}


def line(event: dict[str, Any]) -> str:
    """A row of an event file, without its id."""
    named = event | {"category_code": event["category_name"], "user_session": event["session_id"]}
    named["event_time"] = event["event_time"].strftime("%Y-%m-%d %H:%M:%S UTC")
    return ",".join("" if named[name] in (None, "unknown") else str(named[name]) for name in EVENTS.split(","))


@pytest.mark.parametrize("order", ORDERS)
def test_the_star_does_not_depend_on_what_arrives_first(
    order: str, new_lake: Lake, raw: Path, log: list[Change], in_files: list[dict[str, Any]], key_file: Path
) -> None:
    """A table a run. What is loaded in the middle is given again in the end."""
    dms.write(log, raw, Form("csv.gz"), random.Random(order))
    events = put(raw, "../events.csv", EVENTS, *map(line, in_files))
    runs = [[raw / "public" / table] for table in ORDERS[order]]
    runs[2].append(events)
    summaries = [new_lake.load(*run, flags=("--accept-gates", "--pii-key-file", key_file)) for run in [*runs, runs[2]]]
    assert summaries[-1]["loaded"] == []
    assert_conserved(summaries, new_lake)
    connection = new_lake.duckdb()
    expected.build(connection, log, in_files)
    for table in oracle.TABLES:
        assert_same_rows(connection, oracle.loaded_as(table), table)
    assert_same_rows(connection, FACTS, "expected_facts")
