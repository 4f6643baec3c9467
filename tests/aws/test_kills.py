"""Functions that are killed while they work: what readers see is whole, and in the end all is as if nothing had been."""

import json
import os
import random
import subprocess
from collections import Counter
from collections.abc import Mapping

import pytest
from pyiceberg.table import Table

import deliveries
from cloud import Cloud
from conftest import name_of
from deliveries import Deliveries
from deploy import deploy
from killer import Killer
from lakes import Estrella, Lake, sorted_rows
from test_changes import KEY
from test_faults import created
from watch import Reader, assert_same

KILLS = int(os.environ.get("ESTRELLA_KILLS", "30"))
"""Kills that have to hit; `tests/python/test_kills.py` has as many."""

PARTS = 12
MEAN_SECONDS = 0.3
"""Between a kill and the next, while somebody works."""

PLACES = ("object", "object_version", "change_object")


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> Deliveries:
    return deliveries.make(tmp_path_factory.mktemp("deliveries") / "dms", seed=12)


@pytest.fixture(scope="module")
def undisturbed(estrella, files, tmp_path_factory) -> dict[str, list[tuple]]:
    """All tables that follow from the files, of a lake in a folder."""
    folder = tmp_path_factory.mktemp("undisturbed")
    lake, key = Lake(folder / "lake", Estrella(estrella)), folder / "pii.key"
    key.write_text(KEY)
    lake.load(*files.files, flags=("--pii-key-file", key, "--accept-gates"))
    return rows_of(lake.tables())


def test_killed_at_any_moment_the_tables_are_the_same(aws, request, estrella, files, undisturbed):
    seed = 7
    rng, hits, rounds = random.Random(seed), Counter(), 0
    while hits.total() < KILLS:
        cloud = Cloud(deploy(aws, f"{name_of(request)}r{rounds}"))
        hits += one_round(cloud, files, undisturbed, rng)
        assert_sound(cloud, estrella)
        rounds += 1
    print(f"seed {seed}: {hits.total()} kills over {rounds} stacks: {dict(hits)}")
    assert len(hits) >= 4, f"kills are to hit several functions: {hits}"


def one_round(cloud: Cloud, files: Deliveries, undisturbed: dict[str, list[tuple]], rng: random.Random) -> Counter[str]:
    """Files come in parts, and each is loaded as far as the kills let it; what they leave is loaded in the end."""
    # Before the first function of this stack starts.
    secrets = cloud.stack.aws.client("secretsmanager")
    secrets.put_secret_value(SecretId=f"{cloud.stack.name}-pii-key", SecretString=KEY)
    reader, events, statuses = Reader(files), [], []
    with Killer(cloud, MEAN_SECONDS, rng) as killer:
        for part in range(PARTS):
            for path in files.files[part::PARTS]:
                key = f"raw/{path.relative_to(files.folder.parent)}"
                answer = cloud.s3.put_object(Bucket=cloud.stack.bucket, Key=key, Body=path.read_bytes())
                events.append(created(cloud.stack.bucket, key, path.stat().st_size, answer))
            statuses += run(cloud)
            reader.look(tables(cloud))
    print(f"{dict(killer.hits)}; machines ended {dict(Counter(statuses))}")
    # What was given up after three attempts is replayed.
    call_extract(cloud, events)
    assert run(cloud) == ["SUCCEEDED", "SUCCEEDED"]
    reader.look(tables(cloud))
    assert_same(rows_of(tables(cloud)), undisturbed)
    assert sum(row[6] for row in cloud.rows("ops.runs")) == files.rows_in, "every row read is accounted for once"
    return killer.hits


def assert_sound(cloud: Cloud, estrella) -> None:
    environment = os.environ | cloud.stack.aws.environment | {"ESTRELLA_DATABASE_PREFIX": cloud.stack.prefix}
    command = [estrella, "check", "--lake", f"s3://{cloud.stack.bucket}"]
    checked = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert checked.returncode == 0, checked.stdout + checked.stderr


def call_extract(cloud: Cloud, events: list[bytes]) -> None:
    for event in events:
        cloud.lambdas.invoke(FunctionName=cloud.function("extract"), Payload=event)


def run(cloud: Cloud) -> list[str]:
    """Facts and dimensions, once each, and how they ended."""
    arguments = json.dumps({"accept_gates": True})
    machines = ((cloud.stack.facts, "{}"), (cloud.stack.dims, arguments))
    started = (cloud.states.start_execution(stateMachineArn=arn, input=text) for arn, text in machines)
    return [cloud.ended(execution["executionArn"])["status"] for execution in started]


def tables(cloud: Cloud) -> dict:
    """All tables of the stack, without the prefix."""
    catalog, prefix = cloud.catalog(), cloud.stack.prefix
    spaces = [space for space in catalog.list_namespaces() if space[0].startswith(prefix)]
    names = [name for space in spaces for name in catalog.list_tables(space) if not name[1].endswith("_current")]
    return {".".join(name).removeprefix(prefix): catalog.load_table(name) for name in names}


def rows_of(tables: Mapping[str, Table]) -> dict[str, list[tuple]]:
    """The rows of all tables that follow from the files, without the columns that name an object: it lies elsewhere."""
    found = {}
    for name, table in tables.items():
        if not name.startswith("ops.") and name != "restricted.forgotten_users":
            rows = table.scan().to_arrow()
            found[name] = sorted_rows(rows.select([name for name in rows.column_names if name not in PLACES]))
    return found
