"""The identities of events and of versions, from the documentation of EventIdHasher and Attributes::surrogate."""

from __future__ import annotations

import csv
import struct
from datetime import datetime, timezone
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import Any, NamedTuple

import xxhash

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
ESCAPES = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"})
TYPES = {"view", "cart", "remove_from_cart", "purchase"}


class Event(NamedTuple):
    event_time_us: int
    event_type: str
    product_id: int
    category_id: int | None
    category_code: str
    brand: str
    price_cents: int
    user_id: int
    session_id: str

    def event_id(self) -> str:
        category = b"\0" if self.category_id is None else b"\1" + integer(self.category_id)
        layout = (
            integer(self.event_time_us),
            text(self.event_type),
            integer(self.product_id),
            category,
            text(self.category_code),
            text(self.brand),
            integer(self.price_cents),
            integer(self.user_id),
            text(self.session_id),
        )
        return xxhash.xxh3_128_hexdigest(b"".join(layout), seed=0)


def integer(value: int) -> bytes:
    return struct.pack("<q", value)


def text(value: str) -> bytes:
    encoded = value.encode()
    return struct.pack("<I", len(encoded)) + encoded


def parse(row: dict[str, str | None]) -> Event | None:
    """The event of a row, or none if the row is to be refused."""
    try:
        time = datetime.strptime(row["event_time"] or "", "%Y-%m-%d %H:%M:%S UTC").replace(tzinfo=timezone.utc)
        event = Event(
            event_time_us=round((time - EPOCH).total_seconds()) * 1_000_000,
            event_type=row["event_type"] or "",
            product_id=int(row["product_id"] or ""),
            category_id=int(row["category_id"]) if row["category_id"] else None,
            category_code=row["category_code"] or "",
            brand=row["brand"] or "",
            price_cents=int(Decimal(row["price"] or "") * 100),
            user_id=int(row["user_id"] or ""),
            session_id=row["user_session"] or "",
        )
    except (ValueError, InvalidOperation):
        return None
    return event if event.event_type in TYPES and event.session_id and event.price_cents > 0 else None


def events_of(path: Path) -> dict[str, Event]:
    """The distinct events of a CSV, by identity."""
    with path.open(newline="", encoding="utf-8-sig") as file:
        events = filter(None, map(parse, csv.DictReader(file)))
        return {event.event_id(): event for event in events}


def surrogate(table: str, key: int | str, version: int) -> int:
    """The surrogate key of a version. `key` is an integer, or a brand with its id as Rust shows them."""
    return xxhash.xxh3_64_intdigest(f"{table}\n{key}\n{version}".encode()) >> 1


def surrogate_of(table: str, row: dict[str, Any]) -> int:
    """The surrogate key that a row of dim_users, dim_products, dim_categories or dim_brands should have."""
    if table == "dim_brands":
        brand_id = "None" if row["brand_id"] is None else f"Some({row['brand_id']})"
        escaped = row["brand"].translate(ESCAPES)
        return surrogate(table, f'("{escaped}", {brand_id})', row["version"])
    key = {"dim_users": "user_id", "dim_products": "product_id", "dim_categories": "category_id"}[table]
    return surrogate(table, row[key], row["version"])
