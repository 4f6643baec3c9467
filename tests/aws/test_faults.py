"""What goes wrong on AWS: events that come again, files that are none, functions that die, writers that meet."""

import gzip
import json
import os
import subprocess
import sys
import threading

from cloud import wait_for
from deploy import binaries, zipped

HEADER = "event_time,event_type,product_id,category_id,category_code,brand,price,user_id,user_session"


def csv(rows: range, kind: str = "view") -> bytes:
    """Events of one day."""
    lines = [f"2019-11-01 00:{n // 60 % 60:02}:{n % 60:02} UTC,{kind},{n},1,a.b,c,9.99,{n},s{n}" for n in rows]
    return gzip.compress("\n".join([HEADER, *lines, ""]).encode())


def created(bucket: str, key: str, size: int, answer: dict) -> bytes:
    """What the emulator's EventBridge says of an object: with an etag, and no version."""
    detail = {"key": key, "size": size, "etag": answer["ETag"].strip('"')}
    event = {"source": "aws.s3", "detail-type": "Object Created"}
    return json.dumps(event | {"detail": {"bucket": {"name": bucket}, "object": detail}}).encode()


def test_an_event_that_comes_three_times_is_one(cloud):
    body = csv(range(50))
    answer = cloud.s3.put_object(Bucket=cloud.stack.bucket, Key="raw/a.csv.gz", Body=body)
    event = created(cloud.stack.bucket, "raw/a.csv.gz", len(body), answer)
    threads = [
        threading.Thread(target=cloud.lambdas.invoke, kwargs={"FunctionName": cloud.function("extract"), "Payload": event})
        for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    cloud.extracted(1)
    assert cloud.load(1)["status"] == "SUCCEEDED"
    assert len(cloud.keys("landed/receipts/")) == 1
    assert len(cloud.rows("model.fact_user_events")) == 50
    # And once more, after the rows are loaded.
    cloud.lambdas.invoke(FunctionName=cloud.function("extract"), Payload=event)
    assert cloud.load(2)["status"] == "SUCCEEDED"
    assert len(cloud.rows("model.fact_user_events")) == 50


def test_a_file_that_is_none_is_told_and_disturbs_nobody(cloud):
    cloud.drop("raw/page.csv", b"<html><body>502 Bad Gateway</body></html>")
    cloud.drop("raw/a.csv.gz", csv(range(50)))
    cloud.extracted(2)
    body = cloud.alert("refused raw/page.csv", "warning")
    assert f"s3://{cloud.stack.bucket}/raw/page.csv" in body
    [note] = cloud.keys("landed/refused/")
    assert note in body
    assert cloud.load(1)["status"] == "SUCCEEDED"
    assert len(cloud.rows("model.fact_user_events")) == 50
    assert "raw/page.csv" in cloud.keys("raw/")


def sabotage(cloud, name: str, flag) -> None:
    """The function takes an invocation and dies, as often as the flag says."""
    script = f"""#!/bin/sh
left=$(cat {flag})
if [ "$left" -gt 0 ]; then
  echo $((left - 1)) > {flag}
  {sys.executable} -c "import os, urllib.request as r
r.urlopen('http://' + os.environ['AWS_LAMBDA_RUNTIME_API'] + '/2018-06-01/runtime/invocation/next').read()"
  kill -9 $$
fi
exec {binaries() / name}
"""
    cloud.lambdas.update_function_code(FunctionName=cloud.function(name), ZipFile=zipped(script))


def test_a_function_that_dies_once_is_called_again(cloud, tmp_path):
    flag = tmp_path / "deaths"
    flag.write_text("1")
    sabotage(cloud, "clean", flag)
    cloud.drop("raw/a.csv.gz", csv(range(50)))
    cloud.extracted(1)
    ended = cloud.load(1)
    assert ended["status"] == "SUCCEEDED", (ended.get("error"), ended.get("cause"))
    assert flag.read_text().strip() == "0", "it has died"
    assert len(cloud.rows("model.fact_user_events")) == 50


def test_a_function_that_always_dies_is_told_and_the_next_hour_recovers(cloud, tmp_path):
    flag = tmp_path / "deaths"
    flag.write_text("1000")
    sabotage(cloud, "check-quality", flag)
    cloud.drop("raw/a.csv.gz", csv(range(50)))
    cloud.extracted(1)
    failed = cloud.load(1)
    assert failed["status"] == "FAILED"
    body = cloud.alert("loading facts failed", "critical")
    for word in ["Since: 20", "Error: ", failed["executionArn"], "start-execution"]:
        assert word in body, body
    assert not cloud.rows("model.fact_user_events")
    flag.write_text("0")
    assert cloud.load(2)["status"] == "SUCCEEDED"
    assert len(cloud.rows("model.fact_user_events")) == 50


def test_runs_that_meet_load_every_row_once(cloud):
    """Each plans on the same base; all but one find the table changed, and plan again."""
    for n in range(4):
        cloud.drop(f"raw/{n}.csv.gz", csv(range(n * 40, n * 40 + 60)))
    cloud.extracted(4)
    started = [
        cloud.states.start_execution(stateMachineArn=cloud.stack.facts, input="{}")["executionArn"] for _ in range(4)
    ]
    ended = [cloud.ended(execution) for execution in started]
    assert [e["status"] for e in ended] == ["SUCCEEDED"] * 4, [e.get("cause") for e in ended]
    rows = cloud.rows("model.fact_user_events")
    assert len(rows) == 180 and len({row[0] for row in rows}) == 180
    assert sum(row[6] for row in cloud.rows("ops.runs")) == 240, "every row read is accounted for once"


def test_a_batch_that_is_held_back_is_told_and_released(cloud, estrella):
    cloud.drop("raw/good.csv.gz", csv(range(40)))
    broken = gzip.decompress(csv(range(40))) + gzip.decompress(csv(range(40), "steal")).split(b"\n", 1)[1]
    cloud.drop("raw/broken.csv.gz", gzip.compress(broken.replace(b"2019-11-01", b"2019-11-02")))
    cloud.extracted(2)
    assert cloud.load(1)["status"] == "SUCCEEDED"
    assert len(cloud.rows("model.fact_user_events")) == 40, "the other day is loaded"
    body = cloud.alert("holds back 40 rows of 2019-11-02", "critical")
    [command] = [line.split() for line in body.splitlines() if line.strip().startswith("estrella release")]
    environment = os.environ | cloud.stack.aws.environment | {"ESTRELLA_DATABASE_PREFIX": cloud.stack.prefix}
    for _ in range(2):
        done = subprocess.run([estrella, *command[1:]], env=environment, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert len(wait_for(lambda: cloud.rows("model.fact_user_events"), "facts")) == 80


def test_facts_follow_a_rollback_without_new_rows(cloud, estrella):
    environment = os.environ | cloud.stack.aws.environment | {"ESTRELLA_DATABASE_PREFIX": cloud.stack.prefix}

    def call(*args: str) -> str:
        command = [estrella, *args, "--lake", f"s3://{cloud.stack.bucket}"]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    for hour, rows in ((1, range(40)), (2, range(40, 60))):
        cloud.drop(f"raw/{hour}.csv.gz", csv(rows))
        cloud.extracted(hour)
        assert cloud.load(hour)["status"] == "SUCCEEDED"
    assert len(cloud.rows("model.fact_user_events")) == 60
    first = json.loads(call("history", "clean.events", "--json"))[-1]["snapshot_id"]
    call("rollback", "clean.events", "--to", str(first))
    assert cloud.load(3)["status"] == "SUCCEEDED"
    assert len(cloud.rows("model.fact_user_events")) == 40
    assert "fact_user_events" in call("tables")
