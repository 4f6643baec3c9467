"""The star of a log of changes: histories by plain replay, what was done by DuckDB."""

from __future__ import annotations

import hmac
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import duckdb
import pyarrow as pa

import oracle
from dms import LONG, PRICE, TEXT
from replay import UNKNOWN, Catalogue, Change, Listing, histories

KEY = "0123456789abcdef0123456789abcdef"
UTC = pa.timestamp("us", tz="UTC")
EVENT = {
    "event_id": TEXT,
    "event_time": UTC,
    "event_type": TEXT,
    "user_id": LONG,
    "product_id": LONG,
    "price": PRICE,
    "session_id": TEXT,
    "category_id": LONG,
    "category_name": TEXT,
    "brand": TEXT,
    "device_type": TEXT,
    "source_channel": TEXT,
}
FACTS = """
CREATE TABLE expected_facts AS
SELECT *, hour(event_time)::INTEGER AS hour_of_day, (dayofweek(event_time) + 1)::INTEGER AS day_of_week,
    event_time::DATE AS event_date
FROM events_by_hand;
CREATE VIEW facts AS FROM expected_facts SELECT * EXCLUDE (event_id);
"""


def token(key: bytes, column: str, value: str | None) -> str | None:
    """HMAC-SHA-256 over the column's name, a zero byte and the value; the first 32 hex digits."""
    return None if value is None else hmac.digest(key, column.encode() + b"\0" + value.encode(), "sha256").hex()[:32]


def tokens(values: Mapping[str, Any], key: bytes) -> tuple[str | None, str | None]:
    return token(key, "name", values["name"]), token(key, "email", values["email"])


def of_table(log: Iterable[Change], table: str) -> list[Change]:
    return [change for change in log if change.table == table]


def catalogue(log: Sequence[Change]) -> Catalogue:
    products = histories(of_table(log, "products"), without_history=("stock",))
    return Catalogue(products, histories(of_table(log, "brands")), histories(of_table(log, "categories")))


def build(connection: duckdb.DuckDBPyConnection, log: Sequence[Change], files: Sequence[dict] = ()) -> None:
    """Makes the tables of `oracle.TABLES`, and `expected_facts` with their ids, from a log and rows of event files."""
    known = catalogue(log)
    sessions = histories(of_table(log, "sessions"))
    oracle.make_source_tables(connection)
    users = histories(of_table(log, "users"))
    insert(connection, "user_versions", user_rows(users, KEY.encode()))
    insert(connection, "brand_versions", brand_rows(known))
    insert(connection, "category_versions", category_rows(known))
    insert(connection, "product_versions", product_rows(known))
    latest = {session_id: versions[-1].values for session_id, versions in sessions.items()}
    insert(connection, "known_sessions", [(i, v["device_type"], v["channel"]) for i, v in latest.items()])
    facts = [filled(event, known, latest) for event in [*events_of(log), *files]]
    rows = [{name: fact[name] for name in EVENT} for fact in facts]
    connection.register("events_by_hand", pa.Table.from_pylist(rows, schema=pa.schema(list(EVENT.items()))))
    connection.execute(FACTS)
    oracle.build_dims(connection)


def insert(connection: duckdb.DuckDBPyConnection, table: str, rows: Sequence[tuple]) -> None:
    marks = ", ".join("?" * len(rows[0])) if rows else ""
    if rows:
        connection.executemany(f"INSERT INTO {table} VALUES ({marks})", rows)


def user_rows(users: dict, key: bytes) -> list[tuple]:
    return [
        (user_id, n, v.valid_from, v.valid_to, *tokens(v.values, key), v.values["created_at"])
        for user_id, versions in users.items()
        for n, v in enumerate(versions, start=1)
    ]


def brand_rows(known: Catalogue) -> list[tuple]:
    return [
        (UNKNOWN if v.values["name"] is None else v.values["name"], n, v.valid_from, v.valid_to, brand_id)
        for brand_id, versions in known.brands.items()
        for n, v in enumerate(versions, start=1)
    ]


def category_rows(known: Catalogue) -> list[tuple]:
    return [
        (category_id, n, v.valid_from, v.valid_to, v.values["parent_id"], code)
        for category_id in known.categories
        for n, (v, code) in enumerate(known.category_versions(category_id), start=1)
    ]


def product_rows(known: Catalogue) -> list[tuple]:
    """The names that brand and category had when a version ended."""
    rows = []
    for product_id, versions in known.products.items():
        for n, v in enumerate(versions, start=1):
            end, values = v.last_instant() or datetime.max.replace(tzinfo=v.valid_from.tzinfo), v.values
            code = known.code_at(values["category_id"], end) or UNKNOWN
            brand = known.brand_at(values["brand_id"], end)
            own = (values["category_id"], code, values["brand_id"], brand, values["price"], values["stock"])
            rows.append((product_id, n, v.valid_from, v.valid_to, *own))
    return rows


def events_of(log: Iterable[Change]) -> list[dict[str, Any]]:
    """Events of the database, which keep their ids and say nothing of brand and category."""
    unsaid = {"category_id": None, "category_name": UNKNOWN, "brand": UNKNOWN}
    return [
        {"event_id": change.key.replace("-", ""), **change.values, **unsaid}
        for change in of_table(log, "events")
        if change.op in "LI"
    ]


def filled(event: dict[str, Any], known: Catalogue, sessions: dict) -> dict[str, Any]:
    """An event with what it leaves unknown and the shop's database knows."""
    session = sessions.get(event["session_id"], {})
    device, channel = session.get("device_type"), session.get("channel")
    listing = known.listed_at(event["product_id"], event["event_time"]) or Listing(None, UNKNOWN, UNKNOWN)
    unsaid = event["category_id"] is None
    same = unsaid or event["category_id"] == listing.category_id
    code = listing.category_code if event["category_name"] == UNKNOWN and same else event["category_name"]
    return event | {
        "category_id": listing.category_id if unsaid else event["category_id"],
        "category_name": code,
        "brand": listing.brand if event["brand"] == UNKNOWN else event["brand"],
        "device_type": UNKNOWN if device is None else device,
        "source_channel": UNKNOWN if channel is None else channel,
    }
