"""The files of the capture, read without any of its code."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from shop_database import TABLES, Row

NAME = re.compile(r"LOAD[0-9A-F]{8}\.csv|\d{8}-\d{9}\.csv")
SEQ = re.compile(r"\d{35}")
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6}")


@dataclass(frozen=True)
class Change:
    seq: str
    table: str
    op: str
    row: Row

    @property
    def key(self) -> str:
        return str(self.row[TABLES[self.table][0]])

    @property
    def is_load(self) -> bool:
        return self.seq.endswith("0" * 15)

    def without_place(self) -> tuple[str, str, Row]:
        """What the simulator's log knows of it: of a deletion, the key."""
        key = TABLES[self.table][0]
        return (self.table, self.op, {c: v for c, v in self.row.items() if self.op != "D" or c == key})


def read(folder: Path) -> list[Change]:
    """All changes in their order, each once. Changes that came twice have to be equal."""
    changes: dict[tuple[str, str, str], Change] = {}
    for file in folder.rglob("*.csv"):
        assert NAME.fullmatch(file.name), file
        assert file.parent.parent == folder / "public", file
        for change in read_file(file):
            known = changes.setdefault((change.seq, change.table, change.key), change)
            assert known == change, f"{file}: {change} was {known} before"
    return sorted(changes.values(), key=lambda change: change.seq)


def read_file(file: Path) -> Iterator[Change]:
    table = file.parent.name
    header, *records = parse(file)
    assert header == ["Op", *TABLES[table], "commit_time", "change_seq"], file
    for op, *values, time, seq in records:
        assert op in ("I", "U", "D") and time and TIME.fullmatch(time) and seq and SEQ.fullmatch(seq), file
        yield Change(seq, table, op, dict(zip(TABLES[table], values, strict=True)))


def parse(file: Path) -> list[list[str | None]]:
    """CSV in which an unquoted NULL is None: Python's own reader does not tell whether a field was quoted."""
    field = re.compile(r'(?:"((?:[^"]|"")*)"|([^",\r\n]*))([,\n])')
    # Not as text: that would turn a carriage return within a field into something else.
    text = file.read_bytes().decode()
    records: list[list[str | None]] = [[]]
    place = 0
    while place < len(text):
        match = field.match(text, place)
        assert match, f"no field at {place}: {text[place : place + 40]!r}"
        quoted, plain, end = match.groups()
        assert quoted is not None or plain, f"an empty field without quotes at {place}"
        records[-1].append(quoted.replace('""', '"') if quoted is not None else None if plain == "NULL" else plain)
        if end == "\n":
            records.append([])
        place = match.end()
    assert not records[-1], "the last line has no end"
    return records[:-1]


def apply(changes: list[Change]) -> dict[str, dict[str, Row]]:
    """The tables that the changes lead to."""
    tables: dict[str, dict[str, Row]] = {table: {} for table in TABLES}
    for change in changes:
        if change.op == "D":
            del tables[change.table][change.key]
        else:
            tables[change.table][change.key] = change.row
    return tables
