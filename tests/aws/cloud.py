"""A deployed stack, as its users see it."""

import json
import time
from pathlib import Path

from pyiceberg.catalog import Catalog, load_catalog

from deploy import Stack
from emulator import ACCOUNT, REGION

# What a whole run may take on a busy machine, in seconds.
PATIENCE = 90


class Cloud:
    """Drops files, starts windows, reads tables and alerts."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.s3, self.states = stack.aws.client("s3"), stack.aws.client("stepfunctions")
        self.lambdas, self.sqs = stack.aws.client("lambda"), stack.aws.client("sqs")
        self.inbox = self.sqs.create_queue(QueueName=f"{stack.name}-inbox")["QueueUrl"]
        attributes = self.sqs.get_queue_attributes(QueueUrl=self.inbox, AttributeNames=["QueueArn"])
        arn = attributes["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": stack.topic}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        self.sqs.set_queue_attributes(QueueUrl=self.inbox, Attributes={"Policy": policy})
        stack.aws.client("sns").subscribe(TopicArn=stack.topic, Protocol="sqs", Endpoint=arn)

    def function(self, name: str) -> str:
        """The deployed name of a function."""
        return f"{self.stack.name}-{name}"

    def drop(self, key: str, body: bytes) -> None:
        """A file arrives."""
        self.s3.put_object(Bucket=self.stack.bucket, Key=key, Body=body)

    def keys(self, prefix: str) -> list[str]:
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=self.stack.bucket, Prefix=prefix)
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def extracted(self, objects: int) -> None:
        """Waits until so many objects have their receipts, or were refused."""

        def count() -> int:
            return len(self.keys("landed/receipts/")) + len(self.keys("landed/refused/"))

        wait_for(lambda: count() >= objects, f"{objects} objects extracted")

    def start_window(self, machine: str, scheduled_time: str) -> None:
        """What the schedule does: it starts the machine that names the window."""
        arn = {"facts": self.stack.facts, "dims": self.stack.dims}[machine]
        window = {"state_machine_arn": arn, "name_prefix": machine, "scheduled_time": scheduled_time}
        started = self.states.start_execution(stateMachineArn=self.stack.window, input=json.dumps(window))
        assert self.ended(started["executionArn"])["status"] == "SUCCEEDED"

    def executions(self, machine: str) -> list[dict]:
        """All executions of a machine, ended ones with their end."""
        arn = {"facts": self.stack.facts, "dims": self.stack.dims}[machine]
        found = self.states.list_executions(stateMachineArn=arn)["executions"]
        return [self.ended(execution["executionArn"]) for execution in found]

    def ended(self, execution: str) -> dict:
        """Waits for the end of an execution."""

        def done() -> dict | None:
            found = self.states.describe_execution(executionArn=execution)
            return found if found["status"] != "RUNNING" else None

        return wait_for(done, execution)

    def load(self, hour: int) -> dict:
        """One hourly window, from its schedule to its end."""
        time_of_day = f"2026-11-25T{hour:02}:10:00Z"
        self.start_window("facts", time_of_day)
        name = "facts-" + time_of_day.replace(":", "-")
        [execution] = [e for e in self.executions("facts") if e["name"] == name]
        return execution

    def alert(self, subject: str, severity: str) -> str:
        """Waits for an alert, and returns its body."""
        seen = []

        def find() -> str | None:
            received = self.sqs.receive_message(QueueUrl=self.inbox, MaxNumberOfMessages=10)
            for message in received.get("Messages", []):
                self.sqs.delete_message(QueueUrl=self.inbox, ReceiptHandle=message["ReceiptHandle"])
                body = json.loads(message["Body"])
                seen.append(body["Subject"])
                if subject in body["Subject"]:
                    # The emulator drops the attributes of what a state machine publishes; functions keep theirs.
                    if attributes := body.get("MessageAttributes"):
                        assert attributes["severity"]["Value"] == severity
                    return body["Message"]
            return None

        return wait_for(find, f"an alert on {subject!r}; came: {seen}")

    def catalog(self) -> Catalog:
        """The Glue catalog, as PyIceberg reads it."""
        properties = {
            "glue.endpoint": self.stack.aws.endpoint,
            "glue.region": REGION,
            "glue.access-key-id": ACCOUNT,
            "glue.secret-access-key": "none",
            "s3.endpoint": self.stack.aws.endpoint,
            "s3.region": REGION,
            "s3.access-key-id": ACCOUNT,
            "s3.secret-access-key": "none",
        }
        return load_catalog("glue", type="glue", **properties)

    def rows(self, table: str) -> list[tuple]:
        """All rows of a table like model.dim_users, sorted; none of a table that is not there."""
        namespace, name = table.split(".")
        catalog = self.catalog()
        identifier = (f"{self.stack.prefix}{namespace}", name)
        return rows_of(catalog, identifier) if catalog.table_exists(identifier) else []


def rows_of(catalog: Catalog, identifier: tuple[str, str]) -> list[tuple]:
    """All rows, sorted as text."""
    table = catalog.load_table(identifier).scan().to_arrow()
    return sorted((tuple(row.values()) for row in table.to_pylist()), key=repr)


def local_rows(lake: Path, table: str) -> list[tuple]:
    """The same of a lake in a folder."""
    catalog = load_catalog("estrella", type="sql", uri=f"sqlite:///{lake}/catalog.db")
    return rows_of(catalog, tuple(table.split(".")))


def wait_for(condition, what: str):
    """Polls until the condition holds, and returns what it returned."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline:
        found = condition()
        if found:
            return found
        time.sleep(0.2)
    raise AssertionError(f"waited {PATIENCE} s for {what}")
