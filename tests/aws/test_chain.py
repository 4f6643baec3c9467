"""From a file in the bucket to tables in the catalog, with nobody's help."""

import base64
import gzip
import json
import os
import subprocess
import sys
from decimal import Decimal

import pytest
from botocore.exceptions import ClientError

from cloud import local_rows, wait_for
from deploy import deploy
from template import INFRA

STAR = [
    "clean.events",
    "model.fact_user_events",
    "model.dim_users",
    "model.dim_products",
    "model.dim_categories",
    "model.dim_brands",
    "model.dim_sessions",
    "model.dim_time",
]


@pytest.fixture
def lake(estrella, week, tmp_path):
    """The embedded run of the same files."""
    out = tmp_path / "lake"
    subprocess.run([estrella, "run", "--lake", out, "--input", *week], check=True, capture_output=True)
    return out


def test_scheduled(cloud, week, lake):
    """The tables in the catalog are those of the embedded run; a window that comes twice runs once."""
    for file in week:
        # A name that has to survive the event.
        cloud.drop(f"raw/shop 1/{file.name.replace('-', '+')}", file.read_bytes())
    cloud.extracted(len(week))
    for _ in range(2):
        cloud.start_window("facts", "2026-11-25T05:10:00Z")
    [execution] = cloud.executions("facts")
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    assert execution["name"] == "facts-2026-11-25T05-10-00Z"
    cloud.start_window("dims", "2026-11-25T03:20:00Z")
    [execution] = cloud.executions("dims")
    assert execution["status"] == "SUCCEEDED", execution.get("cause")
    for table in STAR:
        rows = cloud.rows(table)
        assert rows and rows == local_rows(lake, table), table
    body = cloud.alert("Estrella loaded", "info")
    assert f"facts {len(cloud.rows('model.fact_user_events'))} " in body
    assert len(cloud.rows("ops.runs")) == 1


def test_the_tables_are_documented_in_the_catalog(cloud, week):
    cloud.drop("raw/day.csv.gz", week[0].read_bytes())
    cloud.extracted(1)
    assert cloud.load(5)["status"] == "SUCCEEDED"
    glue = cloud.stack.aws.client("glue")
    table = glue.get_table(DatabaseName=f"{cloud.stack.prefix}model", Name="fact_user_events")["Table"]
    assert table["Parameters"]["table_type"] == "ICEBERG"
    assert table["Description"]
    columns = {column["Name"]: column for column in table["StorageDescriptor"]["Columns"]}
    assert columns["price"]["Type"] == "decimal(12,2)"
    assert all(column["Comment"] for column in columns.values())


def test_the_current_state_is_a_view(cloud):
    """As Athena keeps it: the emulator does not ask it, but the catalog has what the template means."""
    database = f"{cloud.stack.prefix}model"
    view = cloud.stack.aws.client("glue").get_table(DatabaseName=database, Name="dim_users_current")["Table"]
    assert view["TableType"] == "VIRTUAL_VIEW" and view["Parameters"]["presto_view"] == "true"
    *prefix, encoded, suffix = view["ViewOriginalText"].split(" ")
    assert (prefix, suffix) == (["/*", "Presto", "View:"], "*/")
    definition = json.loads(base64.b64decode(encoded))
    assert definition["schema"] == database
    assert definition["originalSql"].endswith(f'FROM "{database}".dim_users WHERE is_current')
    assert [c["name"] for c in definition["columns"]] == [c["Name"] for c in view["StorageDescriptor"]["Columns"]]


def test_the_key_of_the_tokens_is_made_by_the_stack(cloud):
    secret = cloud.stack.aws.client("secretsmanager").get_secret_value(SecretId=f"{cloud.stack.name}-pii-key")
    # Hex digits on AWS; the emulator knows no kinds of characters.
    assert len(secret["SecretString"]) == 64


def test_a_replication_that_is_not_whole_is_refused(aws):
    """Before anything is made."""
    arn = "arn:aws:secretsmanager:us-east-1:000000000000:secret:shop"
    with pytest.raises(ClientError, match="SourceDatabaseSecretArn is given but not SourceDatabaseName"):
        deploy(aws, "halfway", SourceDatabaseSecretArn=arn)


def test_on_arrival(arriving, week):
    """No schedule, nobody starts anything."""
    arriving.drop("raw/day.csv.gz", week[0].read_bytes())
    rows = wait_for(lambda: arriving.rows("model.fact_user_events"), "facts")
    assert len(rows) > 100
    assert "facts" in arriving.alert("Estrella loaded", "info")
    assert not [e for e in arriving.executions("facts") if e["status"] != "SUCCEEDED"]


def test_a_function_can_be_called_by_hand(cloud):
    """What `make invoke-plan` does."""
    environment = os.environ | cloud.stack.aws.environment
    command = [sys.executable, INFRA / "invoke.py", cloud.stack.name, "plan"]
    called = subprocess.run(command, env=environment, capture_output=True, text=True)
    assert called.returncode == 0, called.stdout + called.stderr
    assert '"has_work": false' in called.stdout


def test_a_day_of_wrong_prices_is_told(cloud, estrella, tmp_path):
    """Five usual weeks, then a day on which everything costs ten times as much."""
    command = [estrella, "generate", "--rows", "200000", "--days", "36", "--seed", "3", "--out", tmp_path]
    subprocess.run(command, check=True, capture_output=True)
    *usual, last = sorted(tmp_path.glob("*.csv.gz"))
    texts = [gzip.decompress(file.read_bytes()).decode().splitlines() for file in usual]
    weeks = [texts[0][0], *(row for text in texts for row in text[1:]), ""]
    cloud.drop("raw/weeks.csv.gz", gzip.compress("\n".join(weeks).encode()))
    cloud.extracted(1)
    assert cloud.load(1)["status"] == "SUCCEEDED"
    header, *rows = gzip.decompress(last.read_bytes()).decode().splitlines()
    price = header.split(",").index("price")
    dear = [",".join(str(Decimal(v) * 10) if n == price else v for n, v in enumerate(row.split(","))) for row in rows]
    cloud.drop("raw/dear.csv.gz", gzip.compress("\n".join([header, *dear, ""]).encode()))
    cloud.extracted(2)
    assert cloud.load(2)["status"] == "SUCCEEDED"
    body = cloud.alert("fact_user_events: mean price", "critical")
    assert "estrella ack" in body and "electronics" in body
