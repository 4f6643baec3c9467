"""The page of a lake shows the lake's own figures, read with PyIceberg."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path

import pytest
from pyiceberg.catalog import load_catalog

from browsers import opened, unfold

DAYS, ROWS = 36, 60_000


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five weeks and a day, with rows that are refused, an outage on the last day, and an incident of it."""
    binary = os.environ["ESTRELLA_BIN"]
    folder = tmp_path_factory.mktemp("lake")
    made = [binary, "generate", "--rows", str(ROWS), "--days", str(DAYS), "--out", folder / "events"]
    subprocess.run([*made, "--incident", "outage:2019-11-05:10-16"], check=True, capture_output=True)
    run = [binary, "run", "--lake", folder / "lake", "--input", folder / "events"]
    subprocess.run(run, check=True, capture_output=True)
    return folder / "lake"


@pytest.fixture(scope="module")
def page_file(lake: Path) -> Path:
    out = lake.parent / "report.html"
    subprocess.run([os.environ["ESTRELLA_BIN"], "report", "--lake", lake, "--out", out], check=True)
    return out


@pytest.fixture(scope="module")
def data(page_file: Path) -> dict:
    text = page_file.read_text().split('<script type="application/json" id="data">')[1].split("</script>")[0]
    return json.loads(text)


@pytest.fixture(scope="module")
def read(lake: Path):
    catalog = load_catalog("estrella", type="sql", uri=f"sqlite:///{lake}/catalog.db")
    return lambda name: catalog.load_table(name).scan().to_arrow()


def test_rows_and_runs(data, read):
    runs = read("ops.runs").to_pylist()
    for name in ("facts", "duplicates", "rejected", "blocked"):
        assert data["totals"]["rows"][name] == sum(run[name] for run in runs), name
    assert {run["run_id"] for run in data["runs"]} == {run["run_id"] for run in runs}
    tables = {table["name"]: table["rows"] for table in data["tables"]}
    for name in ("clean.events", "model.fact_user_events", "clean.rejected_events", "model.dim_users"):
        assert tables[name] == read(name).num_rows, name


def test_volume_and_funnel(data, read):
    facts = read("model.fact_user_events")
    hours = {}
    for time in facts["event_time"].to_pylist():
        hour = int(time.timestamp()) // 3600
        hours[hour] = hours.get(hour, 0) + 1
    shown = {hour["hour"]: hour["rows"] for hour in data["volume"]["hours"] if hour["rows"]}
    assert shown == hours
    last = max(hours) - 23
    kinds = {}
    rows = zip(facts["event_time"].to_pylist(), facts["event_type"].to_pylist(), strict=True)
    for time, kind in rows:
        if int(time.timestamp()) // 3600 >= last:
            kinds[kind] = kinds.get(kind, 0) + 1
    assert {step["name"]: step["events"] for step in data["funnel"]["steps"]} == {
        kind: kinds[kind] for kind in ("view", "cart", "purchase")
    }


def test_refused_rows_and_rules(data, read):
    reasons = {}
    for row in read("clean.rejected_events").to_pylist():
        for reason in row["reasons"].split(","):
            reasons[reason] = reasons.get(reason, 0) + 1
    assert {reason["reason"]: reason["rows"] for reason in data["rejected"]} == reasons
    results = read("ops.quality_results").to_pylist()
    assert {rule["id"] for rule in data["rules"] if ":" in rule["id"] and not rule["id"].startswith("built")} == {
        row["rule_id"] for row in results if row["rule_id"]
    }


def test_the_outage_is_an_incident_and_marked(data):
    [incident] = data["incidents"]
    assert any(mark["incident"] == incident["id"] for mark in data["volume"]["marks"])
    assert any(hour.get("anomalous") for hour in data["volume"]["hours"])
    assert incident["commands"] and incident["what"]


def test_it_opens_without_a_word(page_file, browser):
    with opened(browser, page_file.as_uri()) as page:
        unfold(page)
        assert page.said == [] and page.asked == [page_file.as_uri()]
        assert page.locator("h1").inner_text()
