"""A PostgreSQL server of the tests' own, and the shop's databases on it."""

from __future__ import annotations

import json
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = ROOT / "infra" / "oltp" / "schema.sql"
OLDEST = 15
UNPRIVILEGED = "nobody"
"""Who the server runs as when the tests run as root, which it refuses to do."""

TABLES = {
    "users": ("user_id", "name", "email", "created_at"),
    "brands": ("brand_id", "name"),
    "categories": ("category_id", "parent_id", "name"),
    "products": ("product_id", "brand_id", "category_id", "price", "stock"),
    "sessions": ("session_id", "user_id", "device_type", "channel", "started_at"),
    "events": ("event_id", "session_id", "user_id", "product_id", "event_type", "event_time", "price"),
}
"""The columns in the tables' order; the first is the key."""

TIMES = {"created_at", "started_at", "event_time"}

Row = dict[str, str | None]


@dataclass(frozen=True)
class ShopDatabase:
    binaries: Path
    port: int
    name: str

    @property
    def url(self) -> str:
        return f"postgres://shop@127.0.0.1:{self.port}/{self.name}"

    def psql(self, *args: str) -> str:
        command = [self.binaries / "psql", self.url, "-X", "-q", "-v", "ON_ERROR_STOP=1", *args]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, f"{args}: {done.stderr}"
        return done.stdout

    def run(self, sql: str) -> str:
        return self.psql("-At", "-c", sql).strip()

    def refuses(self, sql: str) -> bool:
        command = [self.binaries / "psql", self.url, "-X", "-q", "-v", "ON_ERROR_STOP=1", "-c", sql]
        return subprocess.run(command, capture_output=True, check=False).returncode != 0

    def rows(self, table: str) -> dict[str, Row]:
        """All rows by key, every value as the files have it."""
        columns = ", ".join(
            f"to_char({c} AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') AS {c}" if c in TIMES else f"{c}::text"
            for c in TABLES[table]
        )
        text = self.psql("-At", "-c", f"SELECT to_json(t) FROM (SELECT {columns} FROM {table}) t")
        rows: list[Row] = [json.loads(line) for line in text.split("\n") if line]
        return {str(row[TABLES[table][0]]): row for row in rows}


@dataclass(frozen=True)
class Server:
    binaries: Path
    port: int

    def database(self, name: str) -> ShopDatabase:
        ShopDatabase(self.binaries, self.port, "postgres").run(f"CREATE DATABASE {name}")
        return ShopDatabase(self.binaries, self.port, name)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    binaries = find_binaries()
    folder = Path(tempfile.mkdtemp(prefix="estrella-pg-"))
    # The server's own user has to reach it, which pytest's folders do not allow.
    who: dict[str, Any] = {}
    if os.geteuid() == 0:
        user = pwd.getpwnam(UNPRIVILEGED)
        os.chown(folder, user.pw_uid, user.pw_gid)
        who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    port, data = free_port(), folder / "data"
    call([binaries / "initdb", "-D", data, "-U", "shop", "--auth=trust", "-E", "UTF8", "--no-locale", "-N"], who)
    options = f"-p {port} -k {folder} -c listen_addresses=127.0.0.1 -c wal_level=logical -c fsync=off"
    call([binaries / "pg_ctl", "-D", data, "-w", "-l", folder / "log", "-o", options, "start"], who)
    try:
        yield Server(binaries, port)
    finally:
        call([binaries / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], who)
        shutil.rmtree(folder)


@pytest.fixture
def shop(postgres: Server, request: pytest.FixtureRequest) -> Iterator[ShopDatabase]:
    with empty_database(postgres, request.node.name[:60].lower()) as database:
        yield database


@contextmanager
def empty_database(postgres: Server, name: str) -> Iterator[ShopDatabase]:
    """An empty database, on a server without slots, whose names belong to all of its databases."""
    database = postgres.database(name)
    yield database
    deadline = time.monotonic() + 20
    # A slot is held until the server has seen that a killed process is gone.
    drop = "SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots WHERE NOT active"
    while database.run(f"{drop}; SELECT count(*) FROM pg_replication_slots").splitlines()[-1] != "0":
        assert time.monotonic() < deadline
        time.sleep(0.05)


def find_binaries() -> Path:
    """The newest server that is installed; not being tested is a failure only where everything has to be."""
    # Debian keeps each version in a folder of its own, outside of PATH.
    found = {int(path.parts[-3]): path.parent for path in Path("/usr/lib/postgresql").glob("[0-9]*/bin/initdb")}
    usable = [found[version] for version in sorted(found) if version >= OLDEST]
    if usable:
        return usable[-1]
    reason = f"PostgreSQL {OLDEST} or newer is not installed under /usr/lib/postgresql: apt-get install postgresql"
    if os.environ.get("CI") == "true":
        pytest.fail(reason)
    pytest.skip(reason)


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


def call(command: list[Any], who: dict[str, Any]) -> None:
    # A server that is started here would hold a pipe open for as long as it runs.
    with tempfile.TemporaryFile() as output:
        done = subprocess.run(command, stdout=output, stderr=output, check=False, cwd="/", **who)
        output.seek(0)
        assert done.returncode == 0, output.read().decode()
