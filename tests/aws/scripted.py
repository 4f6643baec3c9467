"""Functions that answer as a test tells them to, so that the state machines can be led into every corner."""

import json
import os
import sys
from pathlib import Path

from cloud import Cloud
from deploy import zipped

# What a function answers that a test says nothing of.
BATCHES = [{"key": f"landed/stages/batch/r/2019-11-0{day}.json"} for day in (1, 2)]
USUAL = {
    "extract": {"results": []},
    "plan": {"key": "landed/stages/plan/r.json", "run_id": "r", "has_work": True, "rows_in": 9, "batches": BATCHES},
    "clean": {"key": "landed/stages/cleaned/r/2019-11-01.json", "rows": 9, "duplicates": 0},
    "check-quality": {"key": "landed/stages/judged/r/2019-11-01.json", "decision": "pass", "rows": 9},
    "load-facts": {
        "key": "landed/stages/loaded/r.json",
        "facts": 9,
        "blocked": 0,
        "alert": {"severity": "info", "subject": "Estrella loaded 9 facts", "body": "rows in 9 = facts 9"},
    },
    "detect-drift": {"status": "ok", "hours": 1, "breaches": 0, "told": []},
    "load-dims": {"tables_changed": [], "rows": {}},
    "maintain": {
        "tables": 0,
        "snapshots_expired": 0,
        "files_removed": 0,
        "files_compacted": 0,
        "orphans_removed": 0,
    },
}

# Speaks the Lambda runtime's HTTP interface. The lines of the script are used up one per call; then the usual comes.
# A line is an answer in JSON, the name of an error, or `crash`.
BOOTSTRAP = """#!{python}
import fcntl, json, os, urllib.request
api = "http://" + os.environ["AWS_LAMBDA_RUNTIME_API"] + "/2018-06-01/runtime/invocation/"
while True:
    with urllib.request.urlopen(api + "next") as event:
        call, message = event.headers["Lambda-Runtime-Aws-Request-Id"], json.load(event)
    with open({script!r}, "r+") as script:
        fcntl.flock(script, fcntl.LOCK_EX)
        lines = script.read().splitlines()
        script.seek(0)
        script.truncate()
        script.write("\\n".join(lines[1:]))
    with open({calls!r}, "a") as calls:
        calls.write(json.dumps(message) + "\\n")
    line = lines[0] if lines else json.dumps({usual!r})
    if line == "crash":
        os.kill(os.getpid(), 9)
    answers = line.startswith("{{")
    body = json.loads(line) if answers else {{"errorType": line, "errorMessage": "as the test wants it"}}
    where = "/response" if answers else "/error"
    request = urllib.request.Request(api + call + where, json.dumps(body).encode(), method="POST")
    urllib.request.urlopen(request).close()
"""


class Scripted:
    """The eight functions of a stack, replaced."""

    def __init__(self, cloud: Cloud, folder: Path) -> None:
        self.cloud, self.folder = cloud, folder
        for name in USUAL:
            self.answers(name)
            self.folder.joinpath(f"{name}.calls").touch()
            source = BOOTSTRAP.format(
                python=sys.executable,
                script=str(folder / f"{name}.script"),
                calls=str(folder / f"{name}.calls"),
                usual=USUAL[name],
            )
            cloud.lambdas.update_function_code(FunctionName=cloud.function(name), ZipFile=zipped(source))

    def answers(self, name: str, *answers: str | dict) -> None:
        """What the next calls of a function end in: answers, or names of errors; `crash` kills it."""
        lines = [answer if isinstance(answer, str) else json.dumps(answer) for answer in answers]
        self.folder.joinpath(f"{name}.script").write_text("\n".join(lines))

    def calls(self, name: str) -> list[dict]:
        """The messages that a function was called with."""
        return [json.loads(line) for line in self.folder.joinpath(f"{name}.calls").read_text().splitlines()]

    def run(self, machine: str, **message) -> dict:
        """One execution, to its end."""
        arn = {"facts": self.cloud.stack.facts, "dims": self.cloud.stack.dims}[machine]
        started = self.cloud.states.start_execution(stateMachineArn=arn, input=json.dumps(message))
        return self.cloud.ended(started["executionArn"])
