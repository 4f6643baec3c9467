"""The backfill: how much at once, what it sees of raw/, where its results go, and what it starts and waits for."""

import json
import re

from rules.bucket import lifecycle_rules
from rules.machines import WAIT, function_of, is_distributed, walk
from rules.policies import BUCKET, matches
from rust import ROOT
from stack import listed, text

ROLE = "BackfillMachineRole"
STATES = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}"
OWN = "estrella-${Environment}-backfill"
# A new object as EventBridge tells of it.
ARRIVAL = ROOT / "events" / "extract" / "object-created.json"


def maps(stack):
    """Maps whose items are executions of their own."""
    for machine, definition in stack.machines.items():
        for name, state in walk(definition):
            if is_distributed(state):
                yield machine, name, state


def takes_as_much_as_parameters_say(stack, code):
    """The input of an execution can say otherwise; without it the template's parameters hold."""
    definition = stack.machines["backfill"]
    defaults = definition["States"]["Defaults"]["Parameters"]["defaults"]
    given = stack.properties("BackfillMachine")["DefinitionSubstitutions"]
    for field, parameter in (
        ("MaxConcurrencyPath", "BackfillConcurrency"), ("ToleratedFailurePercentagePath", "BackfillToleratedPercent")
    ):
        for machine, name, state in maps(stack):
            setting = state.get(field, "").removeprefix("$.settings.")
            default = defaults.get(f"{setting}.$", "")
            named = [text(given[variable]) for variable in re.findall(r"\$\{(\w+)\}", default)]
            if named != [f"${{{parameter}}}"]:
                yield f"{machine}.{name} does not follow {parameter}"
            if stack.template["Parameters"].get(parameter, {}).get("Type") != "Number":
                yield f"{parameter} is no number"


def sees_only_names_of_raw_objects(stack, code):
    """It lists them. What is in them is for extract, and some of it are names of persons."""
    for statement in stack.statements(ROLE):
        for action in listed(statement["Action"]):
            if action.startswith("s3:List") and action != "s3:ListMultipartUploadParts":
                if statement.get("Condition") != {"StringLike": {"s3:prefix": "raw/*"}}:
                    yield f"{action} is not for raw/ only"
    for action in ("s3:GetObject", "s3:GetObjectVersion"):
        for resource in stack.allowed(ROLE).get(action, ()):
            if any(matches(resource, BUCKET + key) for key in ("raw/x", "landed/parts/x", "restricted/x", "model/x")):
                yield f"it may read {resource}"


def tells_of_objects_as_they_arrive(stack, code):
    """Else an object that has been extracted on its arrival would have another receipt, and be extracted again."""
    arrival = json.loads(ARRIVAL.read_text())
    for machine, _, state in maps(stack):
        [payload] = [s["Parameters"]["Payload"] for _, s in walk(state["ItemProcessor"]) if function_of(s) == "extract"]
        if (payload["source"], payload["detail-type"]) != (arrival["source"], arrival["detail-type"]):
            yield f"{machine} does not tell of new objects"
        told = {key.removesuffix(".$") for key in payload["detail"]["object"]}
        if told != {"key", "size", "version-id"} or not told <= set(arrival["detail"]["object"]):
            yield f"{machine} tells {sorted(told)} of an object"


def writes_results_where_they_expire(stack, code):
    for machine, name, state in maps(stack):
        if "ResultWriter" not in state:
            yield f"{machine}.{name} keeps its results in the state, which has a limit"
            continue
        folder = state["ResultWriter"]["Parameters"]["Prefix"] + "/"
        if not any(rule.get("Prefix") == folder for _, _, rule in lifecycle_rules(stack)):
            yield f"results under {folder} are kept for good"
        for action in ("s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload"):
            if stack.allowed(ROLE).get(action) != {f"{BUCKET}{folder}*"}:
                yield f"{action} is not for {folder}"


def starts_and_stops_what_it_waits_for(stack, code):
    definition = stack.machines["backfill"]
    given = stack.properties("BackfillMachine")["DefinitionSubstitutions"]
    waits = [(name, state) for name, state in walk(definition) if state.get("Resource") == WAIT]
    started = [text(given[state["Parameters"]["StateMachineArn"][2:-1]])[2:-1] for _, state in waits]
    names = [text(stack.properties(machine)["StateMachineName"]) for machine in started]
    labels = {state.get("Label", name) for machine, name, state in maps(stack) if machine == "backfill"}
    children = {f"{STATES}:execution:{OWN}/{label}:*" for label in labels}
    executions = {f"{STATES}:execution:{name}:*" for name in [OWN, *names]} | children
    expected = {
        "states:StartExecution": {f"{STATES}:stateMachine:{OWN}"} | {f"${{{machine}}}" for machine in started},
        "states:DescribeExecution": executions,
        "states:StopExecution": executions,
        "states:RedriveExecution": children,
        "states:DescribeMapRun": {f"{STATES}:mapRun:{OWN}/{label}:*" for label in labels},
    }
    if text(stack.properties("BackfillMachine")["StateMachineName"]) != OWN:
        yield f"it is not called {OWN}, and may not start itself"
    for action, resources in expected.items():
        for resource in sorted(resources ^ stack.allowed(ROLE).get(action, set())):
            yield f"{action} on {resource} is {'missing' if resource in resources else 'not needed'}"
    rule = "rule/StepFunctionsGetEventsForStepFunctionsExecutionRule"
    for action in ("events:PutTargets", "events:PutRule", "events:DescribeRule"):
        if not all(resource.endswith(f":{rule}") for resource in stack.allowed(ROLE).get(action, ())):
            yield f"{action} is on other rules than that of Step Functions"
    for (name, state), machine in zip(waits, started):
        if state["TimeoutSeconds"] <= stack.machines[machine.removesuffix("Machine").lower()]["TimeoutSeconds"]:
            yield f"{name} gives up before what it waits for does"


def loads_what_it_has_extracted(stack, code):
    """Facts until nothing is pending, then the dimensions."""
    states = stack.machines["backfill"]["States"]
    order = [name for name, state in walk(stack.machines["backfill"]) if state.get("Resource") == WAIT]
    if order != ["LoadFacts", "LoadDims"]:
        yield f"it loads {order}"
    again = [choice["Next"] for choice in states["StillPending"].get("Choices", [])]
    if again != ["LoadFacts"] or states["StillPending"]["Default"] != "LoadDims":
        yield "it does not load until nothing is pending"
    if states["AllExtracted"]["Default"] != "LoadFacts" or not states["AllExtracted"]["Choices"]:
        yield "nobody is told of objects that were left out"


RULES = [
    takes_as_much_as_parameters_say, sees_only_names_of_raw_objects, tells_of_objects_as_they_arrive,
    writes_results_where_they_expire, starts_and_stops_what_it_waits_for, loads_what_it_has_extracted,
]
