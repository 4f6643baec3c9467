"""The state machines, with functions that answer as told: which errors lead where, and how often."""

import json

import pytest

from cloud import wait_for
from scripted import USUAL, Scripted


@pytest.fixture
def scripted(cloud, tmp_path) -> Scripted:
    return Scripted(cloud, tmp_path)


def test_the_stages_in_their_order(cloud, scripted):
    ended = scripted.run("facts")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert [call["key"] for call in scripted.calls("load-facts")] == ["landed/stages/plan/r.json"]
    assert sorted(call["key"] for call in scripted.calls("clean")) == [
        "landed/stages/batch/r/2019-11-01.json",
        "landed/stages/batch/r/2019-11-02.json",
    ]
    assert len(scripted.calls("check-quality")) == 2
    assert len(scripted.calls("detect-drift")) == 1
    assert cloud.alert("Estrella loaded", "info") == "rows in 9 = facts 9"


def test_without_new_rows_nobody_is_told(cloud, scripted):
    """Facts are loaded all the same: they may have to follow a rollback, or finish what another run began. And the
    monitors are asked: silence is news."""
    scripted.answers("plan", USUAL["plan"] | {"has_work": False, "batches": []})
    ended = scripted.run("facts")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert len(scripted.calls("load-facts")) == 1
    assert not scripted.calls("clean") and len(scripted.calls("detect-drift")) == 1
    assert not cloud.sqs.receive_message(QueueUrl=cloud.inbox).get("Messages")


@pytest.mark.parametrize("name", ["clean", "load-facts"])
def test_a_conflict_leads_back_to_the_plan(scripted, name):
    scripted.answers(name, "Conflict")
    ended = scripted.run("facts")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert len(scripted.calls("plan")) == 2


def test_conflicts_without_end_are_told(cloud, scripted):
    scripted.answers("load-facts", *["Conflict"] * 20)
    ended = scripted.run("facts")
    assert (ended["status"], ended["error"]) == ("FAILED", "Conflict")
    assert len(scripted.calls("plan")) == 6, "once, and five times again"
    assert "Error: Conflict" in cloud.alert("loading facts failed", "critical")


@pytest.mark.parametrize("error", ["InvalidInput", "NotFound", "Bug"])
@pytest.mark.parametrize("name", ["plan", "clean", "check-quality", "load-facts", "detect-drift"])
def test_what_cannot_be_cured_is_not_tried_again(cloud, scripted, name, error):
    # One for each batch.
    scripted.answers(name, error, error)
    ended = scripted.run("facts")
    assert (ended["status"], ended["error"]) == ("FAILED", error)
    assert len(scripted.calls(name)) == (2 if name in ("clean", "check-quality") else 1)
    body = cloud.alert("loading facts failed", "critical")
    assert f"Error: {error}" in body and "as the test wants it" in body and ended["executionArn"] in body


@pytest.mark.parametrize("error", ["Throttled", "Unavailable", "crash"])
@pytest.mark.parametrize("name", ["plan", "clean", "check-quality", "load-facts", "detect-drift"])
def test_what_passes_is_tried_again(scripted, name, error):
    scripted.answers(name, error)
    ended = scripted.run("facts")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert len(scripted.calls("plan")) == (2 if name == "plan" else 1)


def test_a_function_that_always_crashes_is_called_twice(cloud, scripted):
    scripted.answers("load-facts", *["crash"] * 9)
    ended = scripted.run("facts")
    assert (ended["status"], ended["error"]) == ("FAILED", "Runtime.ExitError")
    assert len(scripted.calls("load-facts")) == 2
    body = cloud.alert("loading facts failed", "critical")
    assert f"start-execution --state-machine-arn {cloud.stack.facts}" in body


@pytest.mark.parametrize("error", ["Conflict", "Throttled", "crash"])
@pytest.mark.parametrize("name", ["load-dims", "maintain"])
def test_dimensions_are_tried_again(scripted, name, error):
    scripted.answers(name, error)
    ended = scripted.run("dims")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert len(scripted.calls(name)) == 2 and scripted.calls("maintain")


def test_dimensions_that_fail_are_told(cloud, scripted):
    scripted.answers("load-dims", "Bug")
    assert scripted.run("dims")["error"] == "Bug"
    assert not scripted.calls("maintain")
    assert "Error: Bug" in cloud.alert("loading dimensions failed", "critical")


HELD = {
    "gates": "blocked",
    "gates_held": True,
    "tables_changed": [],
    "rows": {},
    "alert": {"severity": "critical", "subject": "Estrella holds dimensions back", "body": "dim_users would shrink by 40 %"},
}


def test_dimensions_that_a_gate_holds_back_are_told_and_maintained(cloud, scripted):
    """It is no failure: the dimensions are as they were, and a new run would end in the same way."""
    scripted.answers("load-dims", HELD)
    ended = scripted.run("dims")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert len(scripted.calls("load-dims")) == 1 and len(scripted.calls("maintain")) == 1
    assert cloud.alert("holds dimensions back", "critical") == "dim_users would shrink by 40 %"


@pytest.mark.parametrize("answer", [{}, {"gates": "passed", "gates_held": False}])
def test_dimensions_that_no_gate_holds_back_are_not_told(cloud, scripted, answer):
    scripted.answers("load-dims", USUAL["load-dims"] | answer)
    ended = scripted.run("dims")
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert len(scripted.calls("maintain")) == 1
    assert not cloud.sqs.receive_message(QueueUrl=cloud.inbox).get("Messages")


@pytest.mark.parametrize("message, accepts", [
    ({}, False),
    ({"scheduled_time": "2026-11-25T03:20:00Z"}, False),
    ({"accept_gates": False}, False),
    ({"accept_gates": "yes"}, False),
    ({"accept_gates": True}, True),
])
def test_gates_are_accepted_by_those_who_say_so(scripted, message, accepts):
    ended = scripted.run("dims", **message)
    assert ended["status"] == "SUCCEEDED", ended.get("cause")
    assert [call["accept_gates"] for call in scripted.calls("load-dims")] == [accepts]


def test_a_window_runs_once(cloud, scripted):
    for _ in range(3):
        cloud.start_window("facts", "2026-11-25T05:10:00Z")
        assert len(cloud.executions("facts")) == 1
    cloud.start_window("facts", "2026-11-25T06:10:00Z")
    assert sorted(e["name"] for e in cloud.executions("facts")) == [
        "facts-2026-11-25T05-10-00Z",
        "facts-2026-11-25T06-10-00Z",
    ]


def test_an_object_that_extract_cannot_do_is_kept(cloud, scripted):
    """The emulator hands events of EventBridge over once and never to a queue; this is the same as Lambda does it."""
    scripted.answers("extract", *["Unavailable"] * 3)
    event = {"source": "aws.s3", "detail-type": "Object Created"}
    cloud.lambdas.invoke(FunctionName=cloud.function("extract"), InvocationType="Event", Payload=json.dumps(event))
    queue = cloud.sqs.get_queue_url(QueueName=f"{cloud.stack.name}-failed-extracts")["QueueUrl"]
    [message] = wait_for(lambda: cloud.sqs.receive_message(QueueUrl=queue).get("Messages"), "a dead letter")
    assert json.loads(message["Body"])["requestPayload"] == event
    assert len(scripted.calls("extract")) == 3
