"""Objects that lie under raw/ and were never extracted, loaded by hand.

The emulator knows the map and runs an execution per item, but neither the call that finds an object's version nor what
a map answers whose results are written to S3; and of concurrency and tolerance only constants. So it gets the machine
with these replaced. As they are, `tests/infra` looks at them."""

import json
import subprocess

import pytest

from cloud import local_rows
from scripted import Scripted
from template import INFRA

FIND_VERSION = {
    "Resource": "arn:aws:states:::aws-sdk:s3:headObject",
    "ResultSelector": {"version_id.$": "$.VersionId", "size_bytes.$": "$.ContentLength"},
}
FIND_RUN = {
    "Type": "Task",
    "Resource": "arn:aws:states:::aws-sdk:sfn:listMapRuns",
    "Parameters": {"ExecutionArn.$": "$$.Execution.Id"},
    "ResultSelector": {"map_run_arn.$": "$.MapRuns[0].MapRunArn", "results_key": "landed/backfill/x/manifest.json"},
    "ResultPath": "$.extracted",
    "Next": "CountObjects",
}


class Backfill:
    """The backfill of a stack, whose rule for new objects is off: files that are dropped lie there."""

    def __init__(self, cloud, tolerated_percent: int = 0) -> None:
        self.cloud = cloud
        events = cloud.stack.aws.client("events")
        for rule in events.list_rules(NamePrefix=cloud.stack.name)["Rules"]:
            events.disable_rule(Name=rule["Name"])
        described = cloud.states.describe_state_machine(stateMachineArn=cloud.stack.backfill)
        definition = json.loads(described["definition"])
        objects = definition["States"]["Objects"]
        find_version = objects["ItemProcessor"]["States"]["FindVersion"]
        find_version.update(FIND_VERSION)
        find_version["Parameters"] = {"Bucket": cloud.stack.bucket, "Key.$": "$.key"}
        objects |= {"MaxConcurrency": 2, "ToleratedFailurePercentage": tolerated_percent, "Next": "FindRun"}
        definition["States"]["FindRun"] = FIND_RUN
        cloud.states.update_state_machine(stateMachineArn=cloud.stack.backfill, definition=json.dumps(definition))

    def run(self, **message) -> dict:
        started = self.cloud.states.start_execution(stateMachineArn=self.cloud.stack.backfill, input=json.dumps(message))
        return self.cloud.ended(started["executionArn"])


@pytest.fixture
def backfill(cloud) -> Backfill:
    return Backfill(cloud)


def dropped(cloud, week) -> None:
    for file in week:
        cloud.drop(f"raw/shop 1/{file.name}", file.read_bytes())


def test_a_week_that_was_never_extracted(cloud, backfill, week, estrella, tmp_path):
    """The tables are those of the embedded run, and a second time changes nothing."""
    dropped(cloud, week)
    assert not cloud.keys("landed/receipts/")
    ended = backfill.run(prefix="raw/shop 1/")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    subprocess.run([estrella, "run", "--lake", tmp_path / "lake", "--input", *week], check=True, capture_output=True)
    tables = ["model.fact_user_events", "model.dim_users", "model.dim_sessions"]
    before = {table: cloud.rows(table) for table in tables}
    for table, rows in before.items():
        assert rows and rows == local_rows(tmp_path / "lake", table), table
    # One that loads, one that finds nothing pending.
    assert len(cloud.executions("facts")) == 2 and len(cloud.executions("dims")) == 1
    receipts = cloud.keys("landed/receipts/")
    assert len(receipts) == len(week)
    assert backfill.run(prefix="raw/shop 1/")["status"] == "SUCCEEDED"
    assert cloud.keys("landed/receipts/") == receipts
    assert {table: cloud.rows(table) for table in tables} == before
    assert len(cloud.rows("ops.runs")) == 1


def test_what_was_extracted_on_arrival_keeps_its_receipt(cloud, backfill, week):
    """The emulator tells EventBridge no versions, so extract is told here as S3 does it."""
    key = "raw/shop 1/day.csv.gz"
    cloud.drop(key, week[0].read_bytes())
    head = cloud.s3.head_object(Bucket=cloud.stack.bucket, Key=key)
    arrival = json.loads((INFRA.parent / "events" / "extract" / "object-created.json").read_text())
    arrival["detail"]["bucket"]["name"] = cloud.stack.bucket
    arrival["detail"]["object"] |= {"key": key, "size": head["ContentLength"], "version-id": head["VersionId"]}
    cloud.lambdas.invoke(FunctionName=cloud.function("extract"), Payload=json.dumps(arrival))
    [receipt] = cloud.keys("landed/receipts/")
    ended = backfill.run(prefix="raw/")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert cloud.keys("landed/receipts/") == [receipt]
    assert cloud.rows("model.fact_user_events")


def test_only_a_range(cloud, backfill, week):
    """From a key on, up to a key that is not taken any more."""
    dropped(cloud, week)
    first, last = (f"raw/shop 1/{week[n].name}" for n in (2, 5))
    ended = backfill.run(**{"prefix": "raw/shop 1/", "from": first, "to": last})
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    documents = [cloud.s3.get_object(Bucket=cloud.stack.bucket, Key=key) for key in cloud.keys("landed/receipts/")]
    extracted = sorted(json.load(document["Body"])["object"]["key"] for document in documents)
    assert extracted == [f"raw/shop 1/{file.name}" for file in week[2:5]]


def test_objects_that_are_left_out_are_told(cloud, week, tmp_path):
    """The others are loaded, as many as the tolerance lets fail."""
    backfill, scripted = Backfill(cloud, tolerated_percent=50), Scripted(cloud, tmp_path)
    dropped(cloud, week)
    scripted.answers("extract", "Bug")
    scripted.answers("plan", *2 * [json.dumps({"key": "k", "has_work": False, "batches": []})])
    ended = backfill.run(prefix="raw/")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert f"{len(week) - 1} of {len(week)} objects" in cloud.alert("a backfill left objects out", "warning")
    assert len(scripted.calls("load-facts")) == 1 and len(scripted.calls("load-dims")) == 1


def test_too_many_that_fail_are_a_failure(cloud, backfill, week, tmp_path):
    scripted = Scripted(cloud, tmp_path)
    dropped(cloud, week)
    scripted.answers("extract", "Bug")
    ended = backfill.run(prefix="raw/")
    assert (ended["status"], ended["error"]) == ("FAILED", "States.ExceedToleratedFailureThreshold")
    assert "what was extracted is not extracted again" in cloud.alert("a backfill failed", "critical")
    assert not scripted.calls("plan")


def test_facts_are_loaded_until_nothing_is_pending(cloud, backfill, tmp_path):
    """New files may come for ever: then the hourly run has to go on."""
    scripted = Scripted(cloud, tmp_path)
    ended = backfill.run(prefix="raw/")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert len(scripted.calls("plan")) == 5 and len(scripted.calls("load-dims")) == 1


def test_facts_that_fail_fail_the_backfill(cloud, backfill, tmp_path):
    scripted = Scripted(cloud, tmp_path)
    scripted.answers("load-facts", "Bug")
    assert backfill.run(prefix="raw/")["status"] == "FAILED"
    assert "Error: " in cloud.alert("a backfill failed", "critical")
    assert not scripted.calls("load-dims")
