"""Functions that are killed while they work: what readers see is whole, and in the end all is as if nothing had been."""

import json
import os
import random
import subprocess

import pytest

import deliveries
from cloud import Cloud, local_rows
from killer import Killer
from test_changes import KEY, TABLES
from test_faults import created
from watch import Reader

KILLS = int(os.environ.get("ESTRELLA_KILLS", "30"))
"""Kills that have to hit; `tests/python/test_kills.py` has as many."""

PARTS = 3
MEAN_SECONDS = 0.7
# Rounds of one run of facts and one of dimensions, after which the kills are to be over.
PATIENCE = 20 + KILLS


@pytest.fixture(scope="module")
def files(tmp_path_factory) -> deliveries.Deliveries:
    return deliveries.make(tmp_path_factory.mktemp("deliveries") / "dms", seed=12)


def test_killed_at_any_moment_the_tables_are_the_same(cloud, estrella, files, tmp_path):
    rng = random.Random(7)
    # Before the first function of this stack starts.
    secrets = cloud.stack.aws.client("secretsmanager")
    secrets.put_secret_value(SecretId=f"{cloud.stack.name}-pii-key", SecretString=KEY)
    reader, events, statuses = Reader(files), [], []
    with Killer(cloud, KILLS, MEAN_SECONDS, rng) as killer:
        for part in range(PATIENCE):
            for path in files.files[part::PARTS] if part < PARTS else []:
                key = f"raw/{path.relative_to(files.folder.parent)}"
                answer = cloud.s3.put_object(Bucket=cloud.stack.bucket, Key=key, Body=path.read_bytes())
                events.append(created(cloud.stack.bucket, key, path.stat().st_size, answer))
            if part >= PARTS:
                call_extract(cloud, rng.sample(events, 3))
            statuses += run(cloud)
            reader.look(tables(cloud))
            if part >= PARTS and killer.hits.total() >= KILLS:
                break
    print(f"{killer.hits.total()} kills: {dict(killer.hits)}; runs ended {statuses}")
    assert killer.hits.total() >= KILLS
    assert len(killer.hits) >= 4, f"kills are to hit several functions: {killer.hits}"

    # What was given up after three attempts is replayed.
    call_extract(cloud, events)
    assert run(cloud) == ["SUCCEEDED", "SUCCEEDED"]
    reader.look(tables(cloud))
    lake = tmp_path / "lake"
    key = tmp_path / "pii.key"
    key.write_text(KEY)
    command = [estrella, "run", "--lake", lake, "--input", *files.files, "--pii-key-file", key, "--accept-gates"]
    subprocess.run(command, check=True, capture_output=True)
    for table in TABLES:
        assert cloud.rows(table) == local_rows(lake, table), table
    for table in ("clean.rejected_events", *(f"changes.{name}" for name in ("users", "brands", "categories", "products"))):
        assert without_places(cloud.rows(table)) == without_places(local_rows(lake, table)), table
    assert sum(row[6] for row in cloud.rows("ops.runs")) == files.rows_in, "every row read is accounted for once"
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


def without_places(rows: list[tuple]) -> list[tuple]:
    """Rows without what names an object, which lies elsewhere here."""

    def is_place(value) -> bool:
        return isinstance(value, str) and ("/" in value or len(value) == 32)

    return sorted((tuple(value for value in row if not is_place(value)) for row in rows), key=repr)
