"""Names and e-mail addresses are in restricted.users_pii, and nowhere else in the lake."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

import dms
from dms import Form
from expected import token
from lakes import Lake, everything, sorted_rows
from replay import Change, histories

PEOPLE = 120
SEED = 3


def secret(n: int, kind: str) -> str:
    """A text that stands nowhere by chance."""
    digest = hashlib.sha256(f"{kind} {n}".encode()).hexdigest()[:12]
    return f"Zoë {digest} Müller-Lüdenscheidt" if kind == "name" else f"{digest}@mail.example"


@pytest.fixture(scope="module")
def log() -> list[Change]:
    """Users who come, marry, move to another provider and go; their sessions and events."""
    rng = random.Random(SEED)
    log: list[Change] = []
    people: dict[int, dict] = {}
    for n in range(PEOPLE):
        people[n] = {"name": secret(n, "name"), "email": secret(n, "mail"), "created_at": dms.FIRST_FILE}
        log.append(Change("users", "L" if n < PEOPLE // 2 else "I", dms.FIRST_FILE, n, dict(people[n])))
    for step in range(PEOPLE, 3 * PEOPLE):
        n = rng.randrange(PEOPLE)
        if n not in people:
            continue
        if rng.random() < 0.02:
            log.append(Change("users", "D", dms.FIRST_FILE, n, people.pop(n)))
            continue
        people[n] |= rng.choice([{"name": secret(step, "name")}, {"email": secret(step, "mail")}, {"email": None}])
        log.append(Change("users", "U", dms.FIRST_FILE, n, dict(people[n])))
    return log


@pytest.fixture(scope="module", params=["csv", "csv.gz", "parquet"])
def lake(request: pytest.FixtureRequest, estrella, log: list[Change], tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder = tmp_path_factory.mktemp("privacy")
    lake = Lake(folder / "lake", estrella)
    paths = dms.write(log, folder / "raw", Form(request.param), random.Random(1))
    half = len(paths) // 2
    lake.load(*paths[half:], flags=("--accept-gates",))
    lake.load(*paths[:half], *paths[half:], flags=("--accept-gates",))
    return lake


@pytest.fixture(scope="module")
def clear(log: list[Change]) -> set[str]:
    return {change.values[name] for change in log for name in ("name", "email") if change.values[name]}


def test_no_file_outside_of_restricted_holds_a_name(lake: Lake, clear: set[str]) -> None:
    """Neither in its bytes, footers and statistics included, nor in what its pages hold once they are inflated."""
    for path in lake.folder.rglob("*"):
        if path.is_file() and path.relative_to(lake.folder).parts[0] != "restricted":
            content = everything(path)
            assert [text for text in clear if text.encode() in content] == [], path


def test_the_search_would_find_them(lake: Lake, clear: set[str]) -> None:
    files = [path for path in (lake.folder / "restricted").rglob("*.parquet")]
    whole = b"".join(map(everything, files))
    assert files and all(text.encode() in whole for text in clear)


def test_nothing_is_left_in_landed_parts_and_scratch(lake: Lake) -> None:
    assert [path for part in ("landed", ".scratch") for path in (lake.folder / part).rglob("*.parquet")] == []


def key_of(lake: Lake) -> bytes:
    return (lake.folder / "pii.key").read_bytes().rstrip(b"\n")


def test_tokens_are_the_documented_hash(lake: Lake, log: list[Change]) -> None:
    key = key_of(lake)
    assert len(key) >= 32
    wanted = [
        (user_id, n, token(key, "name", version.values["name"]), token(key, "email", version.values["email"]))
        for user_id, versions in histories(log).items()
        for n, version in enumerate(versions, start=1)
    ]
    found = lake.read("model.dim_users").select(["user_id", "version", "name_token", "email_token"])
    assert sorted_rows(found) == sorted(wanted, key=repr)
    logged = lake.read("changes.users").select(["user_id", "name_token", "email_token"])
    known = {row[:1] + row[2:] for row in wanted} | {(row[0], None, None) for row in wanted}
    assert set(sorted_rows(logged)) <= known


def test_clear_values_are_restricted_once_each(lake: Lake, log: list[Change]) -> None:
    key = key_of(lake)
    people = {(c.key, c.values["name"], c.values["email"]) for c in log if c.op != "D"}
    wanted = [(n, name, mail, token(key, "name", name), token(key, "email", mail)) for n, name, mail in people]
    assert sorted_rows(lake.read("restricted.users_pii")) == sorted(wanted, key=repr)


def test_nobody_else_may_read_the_key(lake: Lake) -> None:
    assert (lake.folder / "pii.key").stat().st_mode & 0o077 == 0


def test_another_key_makes_other_tokens_and_a_short_one_is_refused(new_lake: Lake, log: list[Change]) -> None:
    folder = new_lake.folder.parent
    dms.write(log[: PEOPLE // 2], folder / "raw", Form("csv"), random.Random(1))
    key = folder / "key"
    key.write_text("k" * 31 + "\n")
    done = new_lake.estrella.run("run", "--lake", new_lake.folder, "--pii-key-file", key, "--input", folder / "raw")
    assert done.returncode == 2 and "shorter than 32 bytes" in done.stderr and str(key) in done.stderr
    key.write_text("k" * 32 + "\n")
    new_lake.load(folder / "raw", flags=("--pii-key-file", key))
    for row in new_lake.read("model.dim_users").to_pylist():
        assert row["name_token"] == token(b"k" * 32, "name", secret(row["user_id"], "name"))
    assert not (new_lake.folder / "pii.key").exists()
