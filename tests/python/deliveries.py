"""What a shop delivers in some days: event files that share rows, and change files, in no order."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from pathlib import Path

import dms
from identity import Event
from shop import SIZES, TYPES, Shop

FILES = 6
OWN_ROWS = 500
"""Rows of a file that the file before it does not have."""
SHARED_ROWS = 150
BEGIN = datetime(2024, 2, 28, tzinfo=timezone.utc)
BAD_ROW = "2024-02-28 00:00:00 UTC,view,1,,,,0.00,1,s"


@dataclass(frozen=True)
class Deliveries:
    folder: Path
    files: list[Path]
    """All files, as they are named."""
    event_ids: dict[Path, set[str]]
    """The events of each file that has some."""
    change_rows: dict[Path, tuple[str, int]]
    """Table and number of rows of each change file that is none of events."""
    rows_in: int
    """Rows of all files with events, refused and repeated ones too."""


def make(folder: Path, seed: int, steps: int = 300) -> Deliveries:
    """Writes the files below `folder`."""
    rng = random.Random(seed)
    event_ids: dict[Path, set[str]] = {}
    events = [event(rng, n) for n in range(FILES * OWN_ROWS + SHARED_ROWS)]
    rows_in = 0
    for n in range(FILES):
        own = events[n * OWN_ROWS : (n + 1) * OWN_ROWS + SHARED_ROWS]
        # Once more in the same file, and one that is refused.
        lines = [*map(line, own), line(own[0]), BAD_ROW]
        rows_in += len(lines)
        rng.shuffle(lines)
        path = folder / f"events-{n}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("".join(f"{text}\n" for text in (dms.EVENTS, *lines)))
        event_ids[path] = {row.event_id() for row in own}
    change_rows = {}
    for path in dms.write(Shop(seed).run(steps).log, folder, dms.Form("csv"), rng):
        # Values of the shop hold line breaks, so the reader of the capture's files is asked for records.
        header, *records = change_records(path)
        table = path.parent.name
        if table == "events":
            place = header.index("event_id")
            event_ids[path] = {str(record[place]).replace("-", "") for record in records}
            rows_in += len(records)
        else:
            change_rows[path] = (table, len(records))
    files = [*event_ids, *change_rows]
    rng.shuffle(files)
    return Deliveries(folder, files, event_ids, change_rows, rows_in)


def change_records(path: Path) -> list[list[str | None]]:
    from change_files import parse

    return parse(path)


def event(rng: random.Random, n: int) -> Event:
    """An event of the shop's users and products, one every two minutes."""
    category = rng.choice([None, rng.randrange(SIZES["categories"])])
    time = BEGIN + timedelta(minutes=2 * n)
    return Event(
        event_time_us=int(time.timestamp()) * 1_000_000,
        event_type=rng.choice(TYPES),
        product_id=rng.randrange(SIZES["products"]),
        category_id=category,
        category_code=rng.choice(["", "shoes.boots"]),
        brand=rng.choice(["", "acme", "bolt"]),
        price_cents=rng.randrange(1, 10_000),
        user_id=rng.randrange(SIZES["users"]),
        session_id=f"visit-{n // 7}",
    )


def line(row: Event) -> str:
    time = datetime.fromtimestamp(row.event_time_us // 1_000_000, timezone.utc)
    category = "" if row.category_id is None else row.category_id
    price = f"{row.price_cents // 100}.{row.price_cents % 100:02}"
    values = (f"{time:%Y-%m-%d %H:%M:%S} UTC", row.event_type, row.product_id, category, row.category_code, row.brand)
    return ",".join(map(str, (*values, price, row.user_id, row.session_id)))
