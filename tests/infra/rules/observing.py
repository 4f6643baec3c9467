"""Alarms, dashboard and queries look at what is there."""

import json
import re

import views
from rules.delivery import dead_letter_queues
from stack import references, text

NAMESPACE = "Estrella"
WORDS = set(
    """select from where group by order desc asc limit as and or not in is null interval day hour distinct case when
    then else end current_date current_timestamp between like with having true false join on using over""".split()
)


def alarms_reach_somebody(stack, code):
    for name, alarm in stack.of("CloudWatch::Alarm").items():
        if not references(alarm.get("AlarmActions", [])) & set(stack.of("SNS::Topic")):
            yield f"{name} tells nobody"
        if not alarm.get("AlarmDescription"):
            yield f"{name} does not say what it means"
        if "TreatMissingData" not in alarm:
            yield f"{name} does not say what silence means"


def alarms_are_there(stack, code):
    watched = set()
    for alarm in stack.of("CloudWatch::Alarm").values():
        watched |= {(alarm.get("MetricName"), name) for name in references(alarm.get("Dimensions", []))}
    for machine in ("FactsMachine", "DimsMachine"):
        for metric in ("ExecutionsFailed", "ExecutionsTimedOut"):
            if (metric, machine) not in watched:
                yield f"no alarm on {metric} of {machine}"
    if ("ExecutionsFailed", "WindowMachine") not in watched:
        yield "no alarm on a window that did not start"
    for queue in sorted(dead_letter_queues(stack)):
        if ("ApproximateNumberOfMessagesVisible", queue) not in watched:
            yield f"no alarm on the depth of {queue}"
    if ("ExecutionsSucceeded", "FactsMachine") not in watched:
        yield "no alarm on facts that are out of date"
    if not any(a.get("MetricName") == "blocked" for a in stack.of("CloudWatch::Alarm").values()):
        yield "no alarm on batches that are held back"


def metrics_are_written(stack, code):
    """A misspelt metric is no error to CloudWatch, it is for ever without data."""
    for place, metric, dimensions in our_metrics(stack):
        if metric not in code.metrics():
            yield f"{place} looks at {metric}, which no function writes"
        if sorted(dimensions) != sorted(code.dimensions()):
            yield f"{place} looks at {metric} by {sorted(dimensions)}, it is written by {code.dimensions()}"
        elif dimensions["function"] not in code.stages():
            yield f"{place} looks at {metric} of {dimensions['function']}, which is no function"


def queries_name_tables_and_columns(stack, code):
    for name, query in stack.of("Athena::NamedQuery").items():
        sql = text(query["QueryString"])
        found = re.findall(r'"estrella_\$\{Environment\}_(\w+)"\.(\w+)', sql)
        tables = {f"{namespace}.{table}" for namespace, table in found}
        known = set(code.constants().values())
        for table in sorted(tables - known):
            yield f"{name} asks {table}, which is no table"
        if not tables:
            yield f"{name} asks no table"
        columns = set().union(*(code.columns(table) for table in tables & known))
        rest = re.sub(r"'[^']*'|\"[^\"]*\"\.\w+", " ", sql)
        aliases = set(re.findall(r"\bAS\s+(\w+)", rest, re.IGNORECASE))
        names = set(re.findall(r"\b([a-z_]\w*)\b(?!\s*\()", rest, re.IGNORECASE))
        for column in sorted(n for n in names - columns - aliases if n.lower() not in WORDS):
            yield f"{name} asks for {column}, which is no column of {sorted(tables)}"


def views_are_of_the_code(stack, code):
    """Every column with its type, or Athena calls the view stale."""
    found = stack.of("Glue::Table")
    for name in sorted(set(found) ^ set(map(views.logical, views.DIMENSIONS))):
        yield f"{name} is a view {'that is not known' if name in found else 'that is not there'}"
    for dimension in views.DIMENSIONS:
        view = found.get(views.logical(dimension), {}).get("TableInput", {})
        if "is_current" not in code.columns(f"model.{dimension}"):
            yield f"model.{dimension} has no is_current"
        try:
            prefix, encoded, suffix = view["ViewOriginalText"]["Fn::Join"][1]
            definition = json.loads(text(encoded["Fn::Base64"]))
        except (KeyError, TypeError, ValueError):
            yield f"{dimension} has no view that Athena could read"
            continue
        if (prefix, suffix, view["TableType"]) != ("/* Presto View: ", " */", "VIRTUAL_VIEW"):
            yield f"the view of {dimension} is none to Athena"
        # Written anew by `python tests/infra/views.py`.
        if definition != views.definition(code, dimension):
            yield f"the view of {dimension} is not that of the code"
        if view["StorageDescriptor"]["Columns"] != views.glue_columns(code, dimension):
            yield f"the columns of the view of {dimension} are not those of the code"


def queries_cost_a_limited_sum(stack, code):
    groups = stack.of("Athena::WorkGroup")
    if not groups:
        yield "there is no workgroup"
    for name, group in groups.items():
        configuration = group["WorkGroupConfiguration"]
        if configuration.get("EnforceWorkGroupConfiguration") is not True:
            yield f"{name} lets clients pass over its settings"
        if stack.number(configuration.get("BytesScannedCutoffPerQuery", 0)) <= 0:
            yield f"{name} lets a query scan everything"
        result = configuration.get("ResultConfiguration", {})
        if result.get("EncryptionConfiguration", {}).get("EncryptionOption") != "SSE_KMS":
            yield f"{name} does not encrypt results by the key"
        if not text(result.get("OutputLocation", "")).startswith("s3://${DataBucket}/athena-results/"):
            yield f"{name} leaves results where the lifecycle does not clear them"


def our_metrics(stack):
    for name, alarm in stack.of("CloudWatch::Alarm").items():
        if alarm.get("Namespace") == NAMESPACE:
            yield name, alarm["MetricName"], {d["Name"]: text(d["Value"]) for d in alarm["Dimensions"]}
    for name, dashboard in stack.of("CloudWatch::Dashboard").items():
        for widget in json.loads(text(dashboard["DashboardBody"]))["widgets"]:
            for namespace, metric, *rest in widget["properties"].get("metrics", []):
                if namespace == NAMESPACE:
                    pairs = [part for part in rest if isinstance(part, str)]
                    yield name, metric, dict(zip(pairs[::2], pairs[1::2]))


RULES = [
    alarms_reach_somebody, alarms_are_there, metrics_are_written, queries_name_tables_and_columns,
    views_are_of_the_code, queries_cost_a_limited_sum,
]
