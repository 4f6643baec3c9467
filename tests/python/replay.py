"""What a log of changes comes to: a plain replay in the order in which things happened, and nothing clever."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from typing import Any, NamedTuple

ALWAYS = datetime(1970, 1, 1, tzinfo=timezone.utc)
INSTANT = timedelta(microseconds=1)
UNKNOWN = "unknown"


class Change(NamedTuple):
    """A change of one row. `op` is L for a row of the full load, else I, U or D; a deletion has the old values."""

    table: str
    op: str
    time: datetime
    key: Any
    values: Mapping[str, Any]


@dataclass
class Version:
    valid_from: datetime
    valid_to: datetime | None
    values: dict[str, Any]

    def last_instant(self) -> datetime | None:
        """The last instant that it held at; the only one of a version that was overwritten at once."""
        return None if self.valid_to is None else max(self.valid_to - INSTANT, self.valid_from)


Histories = dict[Any, list[Version]]


def histories(changes: Iterable[Change], without_history: Sequence[str] = ()) -> Histories:
    """The versions of every row, oldest first. Columns without history show their latest value everywhere."""
    found: Histories = defaultdict(list)
    latest: dict[Any, Mapping[str, Any]] = {}

    def state(values: Mapping[str, Any]) -> dict[str, Any]:
        return {name: value for name, value in values.items() if name not in without_history}

    for change in changes:
        versions = found[change.key]
        held = versions[-1] if versions and versions[-1].valid_to is None else None
        if change.op == "D":
            if held:
                held.valid_to = change.time
            continue
        latest[change.key] = change.values
        if held and state(held.values) == state(change.values):
            continue
        if held:
            held.valid_to = change.time
        begins = ALWAYS if change.op == "L" and not versions else change.time
        versions.append(Version(begins, None, dict(change.values)))
    for key, versions in found.items():
        for version in versions:
            version.values.update({name: latest[key][name] for name in without_history})
    return {key: versions for key, versions in found.items() if versions}


def last_state(changes: Iterable[Change]) -> dict[Any, Mapping[str, Any]]:
    """The rows that the database has in the end."""
    rows: dict[Any, Mapping[str, Any]] = {}
    for change in changes:
        if change.op == "D":
            rows.pop(change.key, None)
        else:
            rows[change.key] = change.values
    return rows


def at(versions: Sequence[Version] | None, time: datetime) -> Version | None:
    """What held at an instant, or last before it; before there was anything, what came first."""
    begun = [version for version in versions or () if version.valid_from <= time]
    return begun[-1] if begun else (versions[0] if versions else None)


class Listing(NamedTuple):
    category_id: int | None
    category_code: str
    brand: str


@dataclass
class Catalogue:
    """Products, and the names of brands and categories over time."""

    products: Histories = field(default_factory=dict)
    brands: Histories = field(default_factory=dict)
    categories: Histories = field(default_factory=dict)

    def brand_at(self, brand_id: int | None, time: datetime) -> str:
        version = at(self.brands.get(brand_id), time)
        return named(version) if version else UNKNOWN

    def code_at(self, category_id: int | None, time: datetime) -> str | None:
        version = at(self.categories.get(category_id), time)
        return self.code_of(version, time) if version else None

    def code_of(self, version: Version, time: datetime) -> str:
        above = self.code_at(version.values["parent_id"], time)
        return named(version) if above is None else f"{above}.{named(version)}"

    def category_versions(self, category_id: int) -> list[tuple[Version, str]]:
        """The versions of a category, parted where something above it was renamed or moved, with their codes."""
        turns = sorted({version.valid_from for versions in self.categories.values() for version in versions})
        found: list[tuple[Version, str]] = []
        for own in self.categories[category_id]:
            inside = [t for t in turns if t > own.valid_from and (own.valid_to is None or t < own.valid_to)]
            parts = [(own.valid_from, self.code_of(own, own.valid_from))]
            for turn in inside:
                code = self.code_of(own, turn)
                if code != parts[-1][1]:
                    parts.append((turn, code))
            ends = [begin for begin, _ in parts[1:]] + [own.valid_to]
            found += [(Version(begin, end, own.values), code) for (begin, code), end in zip(parts, ends, strict=True)]
        return found

    def listed_at(self, product_id: int, time: datetime) -> Listing | None:
        """What a product was listed as when something happened to it; after it was deleted, what it was last."""
        version = at(self.products.get(product_id), time)
        if not version:
            return None
        time = max(time, version.valid_from)
        if version.valid_to is not None:
            time = min(time, version.last_instant())
        category_id, brand_id = version.values["category_id"], version.values["brand_id"]
        return Listing(category_id, self.code_at(category_id, time) or UNKNOWN, self.brand_at(brand_id, time))


def named(version: Version) -> str:
    name = version.values["name"]
    return UNKNOWN if name is None else name
