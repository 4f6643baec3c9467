"""A made-up shop: what happens in its database, in the order in which it happens."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from replay import Change

LOADED_AT = datetime(2024, 3, 1, tzinfo=timezone.utc)
"""When the tables were read whole. Everything else happens after that, but some events."""

ODD = (
    'the "best"', "a, b", "two\nlines", "cr\r\nlf", "", "NULL", " spaces ", "Œuvre ünïcode 漢字", "'; drop", None,
    "tab\there", '"', "a.b", "x,\"y\"\n,z",
)  # fmt: skip
DEVICES = ("mobile", "desktop", "tablet", None, "té\nlé")
CHANNELS = ("search", "e-mail", "ads, paid", None, "")
TYPES = ("view", "view", "view", "cart", "remove_from_cart", "purchase")
SIZES = {"brands": 60, "categories": 30, "products": 120, "users": 150, "sessions": 200}


@dataclass
class Shop:
    seed: int
    is_knotty: bool = False
    """Whether brands may share a name, and a category is changed more than once in one instant."""
    log: list[Change] = field(default_factory=list)
    rows: dict[str, dict[Any, dict[str, Any]]] = field(default_factory=dict)
    gone: dict[str, dict[Any, None]] = field(default_factory=dict)
    """Keys in the order in which they went: a set of texts has another one in every process."""
    now: datetime = LOADED_AT
    rng: random.Random = field(init=False)

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        self.rows = {table: {} for table in SIZES}
        self.gone = {table: {} for table in SIZES}

    def run(self, steps: int) -> Shop:
        """Fills the tables, and lets things happen."""
        for table, size in SIZES.items():
            for n in range(size):
                self.put("L", table, self.new_key(table, n), self.values(table, n))
        for _ in range(150):
            self.event("L", self.now - timedelta(seconds=self.rng.randrange(1, 200_000)))
        for _ in range(steps):
            self.step()
        return self

    def changes(self, table: str) -> list[Change]:
        return [change for change in self.log if change.table == table]

    def step(self) -> None:
        if self.rng.random() < 0.8:
            self.now += timedelta(microseconds=self.rng.choice([1, 900, 10_000, 40_000_000, 300_000_000]))
        if self.rng.random() < 0.35:
            return self.event("I", self.now - timedelta(microseconds=self.rng.randrange(3_000_000)))
        weights = {"users": 4, "brands": 1, "categories": 2, "products": 6, "sessions": 4}
        (table,) = self.rng.choices(list(weights), list(weights.values()))
        key = self.rng.choice([*self.rows[table], *self.gone[table]])
        if table == "sessions" and self.rng.random() < 0.3:
            key = self.new_key(table, 0)
        # Several changes of a row in one instant.
        for _ in range(self.rng.choice([1, 1, 1, 1, 1, 1, 2, 3, 4])):
            self.change(table, key)

    def change(self, table: str, key: Any) -> None:
        if table == "categories" and not self.is_knotty:
            self.now += timedelta(microseconds=1)
        held = self.rows[table].get(key)
        if held is None:
            self.put("I", table, key, self.values(table, key))
        elif self.rng.random() < 0.12:
            self.log.append(Change(table, "D", self.now, key, held))
            del self.rows[table][key]
            self.gone[table][key] = None
        elif self.rng.random() < 0.1:
            self.put("U", table, key, dict(held))
        else:
            fresh = self.values(table, key)
            name = self.rng.choice(list(fresh))
            self.put("U", table, key, held | {name: fresh[name]})

    def put(self, op: str, table: str, key: Any, values: dict[str, Any]) -> None:
        self.rows[table][key] = values
        self.gone[table].pop(key, None)
        self.log.append(Change(table, op, self.now, key, values))

    def event(self, op: str, time: datetime) -> None:
        session_id = self.rng.choice(list(self.rows["sessions"]))
        values = {
            "session_id": session_id,
            "user_id": self.rows["sessions"][session_id]["user_id"],
            "product_id": self.rng.randrange(SIZES["products"]),
            "event_type": self.rng.choice(TYPES),
            "event_time": time,
            "price": self.price(),
        }
        self.log.append(Change("events", op, self.now, self.new_id(), values))

    def new_key(self, table: str, n: int) -> Any:
        return self.new_id() if table == "sessions" else n

    def new_id(self) -> str:
        return str(uuid.UUID(int=self.rng.getrandbits(128)))

    def values(self, table: str, key: Any) -> dict[str, Any]:
        make: dict[str, Callable[[], dict[str, Any]]] = {
            "users": lambda: {"name": self.text("user"), "email": self.text("mail"), "created_at": self.some_time()},
            "brands": lambda: {"name": self.brand_name(key)},
            "categories": lambda: {"parent_id": self.parent(key), "name": self.text("category")},
            "products": lambda: {
                "brand_id": self.rng.choice([None, *range(SIZES["brands"])]),
                "category_id": self.rng.choice([None, *range(SIZES["categories"])]),
                "price": self.rng.choice([None, self.price(), self.price()]),
                "stock": self.rng.choice([None, 0, self.rng.randrange(1000)]),
            },
            "sessions": lambda: {
                "user_id": self.rng.randrange(SIZES["users"]),
                "device_type": self.rng.choice(DEVICES),
                "channel": self.rng.choice(CHANNELS),
                "started_at": self.some_time(),
            },
        }
        return make[table]()

    def text(self, kind: str) -> str | None:
        return self.rng.choice(ODD) if self.rng.random() < 0.2 else f"{kind} {self.rng.randrange(100)}"

    def brand_name(self, key: int) -> str | None:
        name = self.text("brand")
        return name if self.is_knotty or not key else f"{name} {key}"

    def parent(self, key: int) -> int | None:
        """A category with a smaller number, so that there is no circle."""
        return self.rng.randrange(key) if key and self.rng.random() < 0.7 else None

    def price(self) -> Decimal:
        return Decimal(self.rng.randrange(1, 100_000)) / 100

    def some_time(self) -> datetime | None:
        time = self.now - timedelta(microseconds=self.rng.randrange(10**13))
        return self.rng.choice([None, time, time.replace(microsecond=0)])
