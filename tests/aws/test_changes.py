"""Changes of the shop's database, from DMS's files in the bucket to the dimensions in the catalog."""

import json
import random
import subprocess
from pathlib import Path

import pytest

import dms
from cloud import Cloud, local_rows
from shop import Shop
from test_chain import STAR

KEY = "the same on AWS as in the folder."
TABLES = [*STAR, "restricted.users_pii"]


@pytest.fixture(scope="module")
def raw(tmp_path_factory) -> Path:
    """Six tables, loaded and then changed, as DMS writes them."""
    raw = tmp_path_factory.mktemp("changes") / "raw"
    dms.write(Shop(seed=7).run(steps=600).log, raw / "dms", dms.Form("csv.gz"), random.Random(2))
    return raw


def embedded(estrella: Path, raw: Path, lake: Path) -> Path:
    """The embedded run of the same files, with the same key."""
    key = lake.with_name("pii.key")
    key.write_text(KEY)
    command = [estrella, "run", "--lake", lake, "--input", raw, "--pii-key-file", key, "--accept-gates"]
    subprocess.run(command, check=True, capture_output=True)
    return lake


def drop_all(cloud: Cloud, raw: Path) -> None:
    # Before the first function of this stack starts.
    secrets = cloud.stack.aws.client("secretsmanager")
    secrets.put_secret_value(SecretId=f"{cloud.stack.name}-pii-key", SecretString=KEY)
    files = sorted(path for path in raw.rglob("*") if path.is_file())
    for file in files:
        cloud.drop(f"raw/{file.relative_to(raw)}", file.read_bytes())
    cloud.extracted(len(files))


def load_dims(cloud: Cloud, accept: bool = False) -> dict:
    arguments = json.dumps({"accept_gates": True} if accept else {})
    started = cloud.states.start_execution(stateMachineArn=cloud.stack.dims, input=arguments)
    return cloud.ended(started["executionArn"])


def test_the_star_is_that_of_the_embedded_run(cloud, estrella, raw, tmp_path):
    drop_all(cloud, raw)
    assert not cloud.keys("landed/refused/")
    for ended in (cloud.load(5), load_dims(cloud, accept=True)):
        assert ended["status"] == "SUCCEEDED", ended.get("cause")
    lake = embedded(estrella, raw, tmp_path / "lake")
    for table in TABLES:
        rows = cloud.rows(table)
        assert rows and rows == local_rows(lake, table), table
    # What was in clear on its way is gone.
    assert not [key for key in cloud.keys("landed/changes/") if "users" in key]


def test_many_users_gone_are_held_back_told_and_accepted(cloud):
    header = "Op,user_id,name,email,created_at,commit_time\n"
    users = [f"I,{n},name {n},{n}@x.example,,2024-03-01 00:00:00\n" for n in range(50)]
    cloud.drop("raw/dms/public/users/LOAD00000001.csv", (header + "".join(users)).encode())
    cloud.extracted(1)
    assert load_dims(cloud)["status"] == "SUCCEEDED"
    before = cloud.rows("model.dim_users")
    assert len(before) == 50
    gone = [f"D,{n},,,,2024-03-02 00:00:00\n" for n in range(10)]
    cloud.drop("raw/dms/public/users/20240302-000000000.csv", (header + "".join(gone)).encode())
    cloud.extracted(2)
    # It is no failure, and it is told.
    assert load_dims(cloud)["status"] == "SUCCEEDED"
    assert cloud.rows("model.dim_users") == before
    body = cloud.alert("holds back model.dim_users", "critical")
    for part in ("model.dim_users", "shrinkage", "20.0", "accept_gates"):
        assert part in body, body
    assert load_dims(cloud, accept=True)["status"] == "SUCCEEDED"
    changed = [row for row in cloud.rows("model.dim_users") if row not in before]
    assert sorted(row[1] for row in changed) == list(range(10))
