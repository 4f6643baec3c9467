"""The tables against what DuckDB works out from the raw file on its own."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest

import identity
import oracle
from lakes import Lake, assert_same_rows

HEADER = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"


@pytest.mark.parametrize("table", oracle.TABLES)
def test_synthetic_events(synthetic: Lake, synthetic_csv: Path, table: str) -> None:
    check(synthetic, synthetic_csv, table)


@pytest.mark.parametrize("table", oracle.TABLES)
def test_real_events(real: Lake, rees46: Path, table: str) -> None:
    check(real, rees46 / "2019-Oct_head_17k.csv", table)


def check(lake: Lake, csv: Path, table: str) -> None:
    connection = lake.duckdb()
    oracle.build(connection, csv)
    assert connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0] > 0
    assert_same_rows(connection, oracle.loaded_as(table), table)


def test_what_pyiceberg_reads_is_what_duckdb_reads(synthetic: Lake) -> None:
    connection = synthetic.duckdb()
    for name in ("model.fact_user_events", "model.dim_users", "clean.events"):
        connection.register("read_by_pyiceberg", synthetic.read(name))
        assert_same_rows(connection, name, "read_by_pyiceberg")


def test_odd_events(new_lake: Lake) -> None:
    """Ties, shared sessions, purchases without a view, long sessions, deep and missing categories."""
    csv = new_lake.folder.parent / "odd.csv"
    csv.write_text("\n".join([HEADER, *odd_rows()]) + "\n")
    new_lake.load(csv)
    for table in oracle.TABLES:
        check(new_lake, csv, table)


def odd_rows() -> list[str]:
    start = datetime(2019, 12, 30, 22, 0, tzinfo=timezone.utc)

    def row(seconds: int, kind: str, product: int, category: str, code: str, brand: str, price: str, user: int, session: str) -> str:
        time = (start + timedelta(seconds=seconds)).strftime("%Y-%m-%d %H:%M:%S UTC")
        return f"{time},{kind},{product},{category},{code},{brand},{price},{user},{session}"

    return [
        # Ties at a product's latest event: price, then category, then code, then brand.
        row(0, "view", 1, "10", "a.b", "x", "5.00", 1, "s1"),
        row(0, "view", 1, "9", "a.b", "z", "5.00", 1, "s1"),
        row(0, "view", 1, "", "z.z", "zz", "5.00", 1, "s1"),
        row(0, "view", 1, "10", "a.c", "w", "5.00", 1, "s1"),
        row(0, "view", 1, "10", "a.c", "y", "5.00", 2, "s2"),
        row(0, "view", 1, "10", "", "", "4.99", 2, "s2"),
        # A session of three users; two of them are first, 7 and 70 sort differently as text.
        row(5, "view", 2, "20", "a", "x", "1", 70, "shared"),
        row(5, "cart", 2, "20", "a", "x", "1", 7, "shared"),
        row(9, "purchase", 2, "20", "a", "x", "1", 100, "shared"),
        # A purchase before, at, and after the first interest, and without any.
        row(10, "purchase", 3, "30", "a.b.c.d.e", "q", "0.01", 3, "before"),
        row(11, "view", 3, "30", "a.b.c.d.e", "q", "0.01", 3, "before"),
        row(10, "purchase", 3, "30", "a.b.c.d.e", "q", "0.01", 3, "at"),
        row(10, "view", 3, "30", "a.b.c.d.e", "q", "0.01", 3, "at"),
        row(10, "purchase", 3, "30", "a.b.c.d.e", "q", "9999999999.99", 3, "none"),
        row(12, "remove_from_cart", 3, "30", "", "q", "2", 3, "removed"),
        row(13, "purchase", 3, "30", "", "q", "2", 3, "removed"),
        # Exactly 24 hours, a second more, over new year.
        row(20, "view", 4, "40", "a.b", "x", "1", 4, "day"),
        row(20 + 86_400, "view", 4, "40", "b.a", "x", "1", 4, "day"),
        row(20, "view", 4, "40", "a.b", "x", "1", 5, "longer"),
        row(21 + 86_400, "view", 4, "40", "a.b", "x", "1.5", 5, "longer"),
        row(20 + 86_400 * 3, "view", 5, "-50", "a..b", "ünï code", "1.10", -5, "späte sitzung"),
        # 1,001 events, all different; and 1,000.
        *(row(100 + n, "view", 6, "60", "n", "x", "1", 6, "many") for n in range(1001)),
        *(row(100 + n, "view", 6, "60", "n", "x", "1", 6, "fewer") for n in range(1000)),
        # Exact duplicates, one spelled differently; and null is not 'unknown' in the source.
        row(30, "view", 7, "70", "a.b", "x", "33.2", 7, "dup"),
        row(30, "view", 7, "70", "a.b", "x", "33.20", 7, "dup"),
        row(30, "view", 7, "70", "a.b", "x", "33.20", 7, "dup"),
        row(31, "view", 7, "70", "unknown", "unknown", "1", 7, "null"),
        row(31, "view", 7, "70", "", "", "1", 7, "null"),
    ]


@pytest.mark.parametrize("source", ["synthetic", "real"])
def test_every_event_id_is_the_documented_hash(source: str, request: pytest.FixtureRequest) -> None:
    lake: Lake = request.getfixturevalue(source)
    csv = (
        request.getfixturevalue("synthetic_csv")
        if source == "synthetic"
        else request.getfixturevalue("rees46") / "2019-Oct_head_17k.csv"
    )
    expected = identity.events_of(csv)
    facts = lake.read("model.fact_user_events").to_pylist()
    found = {fact["event_id"]: as_event(fact) for fact in facts}
    assert len(found) == len(facts)
    imputed = {
        event_id: event._replace(category_code=event.category_code or "unknown", brand=event.brand or "unknown")
        for event_id, event in expected.items()
    }
    assert found == imputed


@pytest.mark.parametrize("source", ["synthetic", "real"])
def test_every_surrogate_key_is_the_documented_hash(source: str, request: pytest.FixtureRequest) -> None:
    check_surrogates(request.getfixturevalue(source))


def check_surrogates(lake: Lake) -> None:
    for table, key in oracle.KEYS.items():
        if table == "facts":
            continue
        rows = lake.read(f"model.{table}").to_pylist()
        keys = [row[key] for row in rows]
        assert len(set(keys)) == len(keys), table
        assert keys == [identity.surrogate_of(table, row) for row in rows], table


def as_event(fact: dict) -> identity.Event:
    return identity.Event(
        event_time_us=round((fact["event_time"] - identity.EPOCH).total_seconds() * 1_000_000),
        event_type=fact["event_type"],
        product_id=fact["product_id"],
        category_id=fact["category_id"],
        category_code=fact["category_name"],
        brand=fact["brand"],
        price_cents=int(fact["price"] * 100),
        user_id=fact["user_id"],
        session_id=fact["session_id"],
    )
