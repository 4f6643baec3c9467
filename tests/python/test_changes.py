"""Changes of the shop's database in every form and order: one star, and the one that a plain replay gives."""

from __future__ import annotations

import random
import shutil
from pathlib import Path

import duckdb
import pytest

import dms
import expected
import oracle
from dms import Form
from expected import of_table
from lakes import Estrella, Lake, assert_same_rows, sorted_rows, star
from replay import Change, last_state
from shop import Shop
from test_oracle import check_surrogates

FORMS = {
    "csv": Form("csv"),
    "csv without header, Op only in changes": Form("csv", header=False, op_in_load=False, whole_deletes=False),
    "csv.gz without sequence, in folders of dates": Form("csv.gz", sequence=False, dated=True),
    "parquet": Form("parquet", whole_deletes=False),
    "parquet without sequence, Op only in changes": Form("parquet", op_in_load=False, sequence=False, dated=True),
}


@pytest.fixture(scope="module")
def log() -> list[Change]:
    return Shop(seed=7).run(steps=2_000).log


@pytest.fixture(scope="module")
def in_order(estrella: Estrella, log: list[Change], key_file: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The lake of the whole log, loaded in one run."""
    folder = tmp_path_factory.mktemp("in-order")
    lake = Lake(folder / "lake", estrella)
    dms.write(log, folder / "raw", FORMS["csv"], random.Random(1))
    summary = lake.load(folder / "raw", flags=("--pii-key-file", key_file))
    assert summary["held_back"] == []
    assert summary["changes"] == {table: len(of_table(log, table)) for table in dms.COLUMNS if table != "events"}
    return lake


@pytest.fixture(scope="module")
def connection(in_order: Lake, log: list[Change]) -> duckdb.DuckDBPyConnection:
    """DuckDB with the lake's tables and those that are expected."""
    connection = in_order.duckdb()
    expected.build(connection, log)
    return connection


@pytest.mark.parametrize("table", oracle.TABLES)
def test_the_star_is_what_a_plain_replay_gives(connection: duckdb.DuckDBPyConnection, table: str) -> None:
    assert_same_rows(connection, oracle.loaded_as(table), table)


def test_facts_keep_the_ids_of_their_events(connection: duckdb.DuckDBPyConnection) -> None:
    assert_same_rows(connection, "model.fact_user_events", "expected_facts")


def test_surrogate_keys_are_unique_and_as_documented(in_order: Lake) -> None:
    check_surrogates(in_order)


def test_current_versions_are_what_the_database_has_now(in_order: Lake, log: list[Change]) -> None:
    keys = {"users": "user_id", "products": "product_id", "categories": "category_id", "brands": "brand_id"}
    for table, key in keys.items():
        rows = in_order.read(f"model.dim_{table}").to_pylist()
        current = [row for row in rows if row["is_current"] and row["in_source"]]
        state = last_state(of_table(log, table))
        assert sorted(row[key] for row in current) == sorted(state), table
        if table == "products":
            for row in current:
                assert {name: row[name] for name in state[row[key]]} == state[row[key]]


@pytest.mark.parametrize("form", FORMS)
def test_form_and_order_do_not_matter(
    form: str, in_order: Lake, new_lake: Lake, raw: Path, log: list[Change], key_file: Path
) -> None:
    """Every form, shuffled over three runs, a third of the files twice."""
    rng = random.Random(form)
    files = dms.write(log, raw, FORMS[form], rng)
    files += [repeated(path, rng) for path in rng.sample(files, len(files) // 3)]
    rng.shuffle(files)
    cuts = sorted(rng.sample(range(1, len(files)), 2))
    *first, last = (files[a:b] for a, b in zip([0, *cuts], [*cuts, len(files)], strict=True))
    for run in first:
        # What comes first lacks much of what belongs to it: held back or accepted, it is the same in the end.
        flags = rng.choice([(), ("--accept-gates",)])
        command = ("run", "--lake", new_lake.folder, "--pii-key-file", key_file, *flags, "--input", *run)
        assert new_lake.estrella.run(*command).returncode in (0, 1)
    new_lake.load(*last, flags=("--accept-gates", "--pii-key-file", key_file))
    assert_same_tables(new_lake, in_order)


def test_files_without_header_and_op_in_one_run(
    in_order: Lake, new_lake: Lake, raw: Path, log: list[Change], key_file: Path
) -> None:
    dms.write(log, raw, Form("csv.gz", header=False, op_in_load=False, sequence=False, dated=True), random.Random(3))
    new_lake.load(raw, flags=("--pii-key-file", key_file))
    assert_same_tables(new_lake, in_order)


def assert_same_tables(lake: Lake, other: Lake) -> None:
    found, wanted = star(lake), star(other)
    for table in wanted:
        assert found[table] == wanted[table], table
    personal = "restricted.users_pii"
    assert sorted_rows(lake.read(personal)) == sorted_rows(other.read(personal))


def repeated(path: Path, rng: random.Random) -> Path:
    """The file once more, under a later name: what DMS does when it goes on after it has failed."""
    stem, ending = path.name.split(".", 1)
    later = f"{stem[:-1]}{'F' if stem.startswith('LOAD') else rng.randrange(10**3, 10**4)}"
    copy = path.parent / f"{later}.{ending}"
    shutil.copy(path, copy)
    return copy
