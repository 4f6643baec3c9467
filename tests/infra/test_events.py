"""The samples under events/ are what they say, and follow one object on its way."""

import json
import re
from pathlib import Path
from urllib.parse import unquote_plus

import pytest
from xxhash import xxh3_128_hexdigest

from rust import ROOT
from template import FUNCTIONS

EVENTS = ROOT / "events"
FILES = sorted(EVENTS.glob("*/*.json"))
# What every function has samples of.
EVERYWHERE = {"message", "object-created", "malformed", "test-event"}
EXTRACT = {
    "s3-notification", "sqs-s3-notification", "sqs-object-created", "several-records", "duplicate-delivery", "not-csv",
    "change-file",
}
SCHEDULED = {"plan", "load-dims", "maintain"}
BUCKET, ACCOUNT = "estrella-dev-data", "123456789012"


def load(function, name):
    return json.loads((EVENTS / function / f"{name}.json").read_text())


def records(event):
    """The events of S3 in an event, whatever they are wrapped in."""
    if event.get("source") == "aws.s3":
        return [event]
    found = []
    for record in event.get("Records", []):
        if record.get("eventSource") == "aws:sqs":
            found += records(json.loads(record["body"]))
        else:
            found.append(record)
    return found


def objects(event):
    """Bucket, key and version of the objects in an event: classic events carry keys as forms do, the others as is."""
    for record in records(event):
        if "s3" in record:
            at = record["s3"]
            yield at["bucket"]["name"], unquote_plus(at["object"]["key"]), at["object"]["versionId"]
        else:
            at = record["detail"]
            yield at["bucket"]["name"], at["object"]["key"], at["object"].get("version-id")


def test_every_function_has_samples():
    assert {folder.name for folder in EVENTS.iterdir() if folder.is_dir()} == set(FUNCTIONS)
    for function in FUNCTIONS:
        names = {path.stem for path in FILES if path.parent.name == function}
        wanted = EVERYWHERE | (EXTRACT if function == "extract" else set())
        wanted |= {"schedule"} if function in SCHEDULED else set()
        assert not wanted - names, function


@pytest.mark.parametrize("path", FILES, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_only_malformed_ones_are_no_json(path):
    if path.stem.startswith("malformed"):
        with pytest.raises(json.JSONDecodeError):
            json.loads(path.read_text())
    else:
        assert isinstance(json.loads(path.read_text()), dict)


def test_nobody_is_named():
    """Account, bucket and addresses are those of documentation."""
    for path in FILES:
        text = path.read_text()
        assert set(re.findall(r"\b\d{12}\b", re.sub(r'"[0-9A-Fa-f]{16}"', "", text))) <= {ACCOUNT}, path
        assert set(re.findall(r"\b\d+\.\d+\.\d+\.\d+\b", text)) <= {"192.0.2.17"}, path


def test_all_forms_of_extract_name_the_same_object():
    message = load("extract", "message")
    expected = [(message["bucket"], message["key"], message["version"])]
    for name in ("object-created", "s3-notification", "sqs-s3-notification", "sqs-object-created"):
        assert list(objects(load("extract", name))) == expected, name
    assert list(objects(load("extract", "duplicate-delivery"))) == expected * 2
    assert len(list(objects(load("extract", "several-records")))) > 1


def test_the_change_file_is_one_of_the_replication(stack):
    """In the folder that DMS is told, and of a table that it takes."""
    [(bucket, key, _)] = objects(load("extract", "change-file"))
    folder = stack.properties("ReplicationTarget")["S3Settings"]["BucketFolder"]
    assert bucket == BUCKET
    schema, table, name = key.removeprefix(f"{folder}/").split("/")
    places = [rule["object-locator"] for rule in stack.properties("Replication")["TableMappings"]["rules"]]
    assert {"schema-name": schema, "table-name": table} in places
    assert re.fullmatch(r"LOAD[0-9A-F]{8}\.csv", name)


def test_keys_are_encoded_in_classic_events_only():
    """A key with a space, a plus and a percent sign, so that decoding once too often or too seldom shows."""
    key = load("extract", "message")["key"]
    assert set(" +%") <= set(key)
    [classic] = records(load("extract", "s3-notification"))
    assert set(" ") & set(classic["s3"]["object"]["key"]) == set() and "%2B" in classic["s3"]["object"]["key"]
    [bridge] = records(load("extract", "object-created"))
    assert bridge["detail"]["object"]["key"] == key


def test_stages_name_the_documents_of_the_stage_before():
    message = load("extract", "message")
    receipt = xxh3_128_hexdigest("\n".join([BUCKET, message["key"], message["version"]]).encode())
    run = xxh3_128_hexdigest(f"None\n{receipt}".encode())
    day = "2026-11-24"
    documents = {
        "plan": (None, f"landed/receipts/{receipt}.json"),
        "clean": (f"landed/stages/batch/{run}/{day}.json",) * 2,
        "check-quality": (f"landed/stages/cleaned/{run}/{day}.json",) * 2,
        "load-facts": (f"landed/stages/plan/{run}.json", f"landed/stages/judged/{run}/{day}.json"),
        "detect-drift": (None, f"landed/stages/loaded/{run}.json"),
    }
    for function, (named, made) in documents.items():
        assert load(function, "message").get("key") == named, function
        for name in ("object-created", "s3-notification", "sqs-object-created"):
            assert [key for _, key, _ in objects(load(function, name))] == [made], f"{function} {name}"


def test_the_readme_tells_of_every_sample():
    text = (EVENTS / "README.md").read_text()
    named = set(re.findall(r"`([\w-]+)\.json`", text))
    assert named == {path.stem for path in FILES}


def test_checks_can_fail(tmp_path: Path):
    """Decoding that is forgotten, or done where it must not be, gives another key."""
    key = load("extract", "message")["key"]
    [classic] = records(load("extract", "s3-notification"))
    assert classic["s3"]["object"]["key"] != key and unquote_plus(key) != key
