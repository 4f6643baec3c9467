"""Changes as the files that AWS DMS writes, in the forms that its settings give them."""

from __future__ import annotations

import gzip
import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from replay import Change

LONG, TEXT, TIME, PRICE = pa.int64(), pa.string(), pa.timestamp("us"), pa.decimal128(12, 2)

COLUMNS: dict[str, dict[str, pa.DataType]] = {
    "users": {"user_id": LONG, "name": TEXT, "email": TEXT, "created_at": TIME},
    "brands": {"brand_id": LONG, "name": TEXT},
    "categories": {"category_id": LONG, "parent_id": LONG, "name": TEXT},
    "products": {"product_id": LONG, "brand_id": LONG, "category_id": LONG, "price": PRICE, "stock": LONG},
    "sessions": {"session_id": TEXT, "user_id": LONG, "device_type": TEXT, "channel": TEXT, "started_at": TIME},
    "events": {
        "event_id": TEXT,
        "session_id": TEXT,
        "user_id": LONG,
        "product_id": LONG,
        "event_type": TEXT,
        "event_time": TIME,
        "price": PRICE,
    },
}
"""The shop's six tables. The key comes first."""

EVENTS = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"
"""The header of an event file, which is none of DMS."""

FIRST_FILE = datetime(2024, 3, 1, 0, 1, tzinfo=timezone.utc)


@dataclass(frozen=True)
class Form:
    ending: str
    header: bool = True
    op_in_load: bool = True
    sequence: bool = True
    dated: bool = False
    whole_deletes: bool = True
    """Whether a deletion has the whole old row, or its key only."""


def write(log: Sequence[Change], folder: Path, form: Form, rng: random.Random) -> list[Path]:
    """Writes a log, cut into files at random, and gives the files in the order in which DMS would write them."""
    numbered = list(enumerate(log))
    paths = []
    for table in COLUMNS:
        own = [(number, change) for number, change in numbered if change.table == table]
        load = [change for change in own if change[1].op == "L"]
        for n, part in enumerate(cut(load, form, rng), start=1):
            paths.append(write_file(part, folder / "public" / table / f"LOAD{n:08X}.{form.ending}", form))
        changes = [change for change in own if change[1].op != "L"]
        for n, part in enumerate(cut(changes, form, rng)):
            begun = FIRST_FILE + timedelta(minutes=n, milliseconds=rng.randrange(1000))
            name = begun.strftime("%Y%m%d-%H%M%S") + f"{begun.microsecond // 1000:03}.{form.ending}"
            dates = begun.strftime("%Y/%m/%d") if form.dated else ""
            paths.append(write_file(part, folder / "public" / table / dates / name, form))
    return paths


def cut(changes: list, form: Form, rng: random.Random) -> list[list]:
    """Parts of a log. Without a sequence, what happened in one instant is only told apart within a file."""
    parts: list[list] = []
    left = 0
    for change in changes:
        together = parts and not form.sequence and change[1].op != "L" and parts[-1][-1][1].time == change[1].time
        if left <= 0 and not together:
            parts.append([])
            left = rng.choice([1, 30, 400, 400])
        parts[-1].append(change)
        left -= 1
    return parts


def write_file(changes: list[tuple[int, Change]], path: Path, form: Form) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    table, is_load = changes[0][1].table, changes[0][1].op == "L"
    key = next(iter(COLUMNS[table]))
    columns = COLUMNS[table] | {"commit_time": TIME} | ({"change_seq": TEXT} if form.sequence else {})
    if form.op_in_load or not is_load:
        columns = {"Op": TEXT} | columns
    rows = []
    for number, change in changes:
        values = change.values if form.whole_deletes or change.op != "D" else {}
        rest = {"Op": "I" if change.op == "L" else change.op, "commit_time": change.time}
        rest["change_seq"] = None if is_load else sequence(number, change.time)
        row = {key: change.key, **values, **rest}
        rows.append({name: row.get(name) for name in columns})
    if form.ending == "parquet":
        naive = [{n: v.replace(tzinfo=None) if isinstance(v, datetime) else v for n, v in row.items()} for row in rows]
        pq.write_table(pa.Table.from_pylist(naive, schema=pa.schema(list(columns.items()))), path)
        return path
    head = ",".join(columns) + "\n" if form.header else ""
    text = head + "".join(",".join(map(shown, row.values())) + "\n" for row in rows)
    path.write_bytes(gzip.compress(text.encode()) if form.ending == "csv.gz" else text.encode())
    return path


def sequence(number: int, time: datetime) -> str:
    """As $AR_H_CHANGE_SEQ: the commit time to the hundredth of a second, and a number."""
    return f"{time:%Y%m%d%H%M%S}{time.microsecond // 10_000:02}{number + 1:019}"


def shown(value: Any) -> str:
    """A value as DMS writes it with Rfc4180 and CsvNullValue NULL."""
    if value is None:
        return "NULL"
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S.%f")
    if isinstance(value, (int, Decimal)):
        return str(value)
    needs_quotes = value in ("", "NULL") or any(mark in value for mark in ',"\r\n')
    return '"' + value.replace('"', '""') + '"' if needs_quotes else value


def put(folder: Path, name: str, *lines: str) -> Path:
    """Writes a change file of the shop by hand: `users/LOAD00000001.csv`, a header and rows."""
    path = folder / "public" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(f"{line}\n" for line in lines))
    return path
