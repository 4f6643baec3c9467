"""The state machines: what they call, in which order, and what becomes of errors."""

import json
import re

from rules.policies import WITHOUT_RESOURCE
from stack import LOGICAL, references, text

# Errors that the services name. Those of Lambda: AWS Lambda Developer Guide and the error names of Step Functions.
OF_SERVICES = {
    "States.ALL", "States.TaskFailed", "States.Timeout",
    "Lambda.Unknown", "Lambda.TooManyRequestsException", "Lambda.ServiceException", "Lambda.AWSLambdaException",
    "Lambda.SdkClientException", "Runtime.ExitError", "Sandbox.Timedout",
    "StepFunctions.ExecutionAlreadyExistsException", "Sfn.ExecutionAlreadyExistsException",
}
# The same call would fail in the same way, or has to be computed again.
NEVER_RETRIED = {"InvalidInput", "NotFound", "Bug"}
# Somebody else wrote the table that these build on: the plan has to be made again.
PLANNED_AGAIN = {"Clean", "CheckQuality", "LoadFacts"}
TRANSIENT = {"Throttled", "Unavailable", "Runtime.ExitError", "Lambda.TooManyRequestsException"}
INVOKE = "arn:aws:states:::lambda:invoke"
# Seconds that Step Functions gives a function beyond its own timeout, to hear of it.
GRACE_S = 10

# What a state comes to by its resource. Who waits for an execution asks for it, is told of its end by a rule of
# EventBridge, and stops it when it is stopped itself.
WAIT = "arn:aws:states:::states:startExecution.sync:2"
ACTIONS = {
    INVOKE: {"lambda:InvokeFunction"},
    "arn:aws:states:::sns:publish": {"sns:Publish"},
    "arn:aws:states:::states:startExecution": {"states:StartExecution"},
    WAIT: {
        "states:StartExecution", "states:DescribeExecution", "states:StopExecution",
        "events:PutTargets", "events:PutRule", "events:DescribeRule",
    },
    "arn:aws:states:::aws-sdk:sfn:describeMapRun": {"states:DescribeMapRun"},
    "arn:aws:states:::aws-sdk:s3:listObjectVersions": {"s3:ListBucketVersions"},
}
# What a map comes to whose items are executions of their own, and by where it reads items and writes results.
DISTRIBUTED = {"states:StartExecution", "states:DescribeExecution", "states:StopExecution", "states:RedriveExecution"}
READERS = {"arn:aws:states:::s3:listObjectsV2": {"s3:ListBucket"}}
WRITERS = {
    "arn:aws:states:::s3:putObject": {
        "s3:PutObject", "s3:GetObject", "s3:ListMultipartUploadParts", "s3:AbortMultipartUpload",
    },
}
ENCRYPTED = {"kms:Decrypt", "kms:GenerateDataKey"}


def walk(definition):
    """All states, those inside of maps too, in the order of their arrows."""
    name, seen = definition["StartAt"], set()
    waiting = [name]
    while waiting:
        name = waiting.pop(0)
        if name in seen:
            continue
        seen.add(name)
        state = definition["States"][name]
        yield name, state
        if "ItemProcessor" in state:
            yield from walk(state["ItemProcessor"])
        for branch in state.get("Branches", []):
            yield from walk(branch)
        following = [choice["Next"] for choice in state.get("Choices", [])]
        following += [state[key] for key in ("Next", "Default") if key in state]
        waiting = following + waiting + [catch["Next"] for catch in state.get("Catch", [])]


def every_state(stack):
    for machine, definition in stack.machines.items():
        for name, state in walk(definition):
            yield machine, name, state


def function_of(state):
    """Name of the function that a state invokes."""
    if state.get("Resource") != INVOKE:
        return None
    logical = state["Parameters"]["FunctionName"].removeprefix("${").removesuffix("Arn}")
    return next((name for name, identity in LOGICAL.items() if identity == logical), None)


def go_in_the_order_of_the_stages(stack, code):
    found = ["extract"]
    for machine in ("facts", "dims"):
        names = (function_of(state) for _, state in walk(stack.machines[machine]))
        found += [name for name in names if name]
    if found != code.stages():
        yield f"the machines call {found}, the command line tool {code.stages()}"


def name_errors_that_exist(stack, code):
    for machine, name, state in every_state(stack):
        for clause in state.get("Retry", []) + state.get("Catch", []):
            for error in clause["ErrorEquals"]:
                if error not in OF_SERVICES | code.error_names():
                    yield f"{machine}.{name} waits for {error}, which nobody raises"


def retry_what_may_pass(stack, code):
    for machine, name, state in every_state(stack):
        if state["Type"] != "Task":
            continue
        retried = {e for c in state.get("Retry", []) if c.get("MaxAttempts", 3) > 0 for e in c["ErrorEquals"]}
        for error in sorted(retried & NEVER_RETRIED):
            yield f"{machine}.{name} retries {error}"
        for clause in state.get("Retry", []):
            if clause.get("MaxAttempts", 3) > 0 and clause.get("JitterStrategy") != "FULL":
                yield f"{machine}.{name} retries without jitter"
        if function_of(state):
            for error in sorted(TRANSIENT - retried):
                yield f"{machine}.{name} does not retry {error}"
            if ("Conflict" in retried) == (name in PLANNED_AGAIN):
                yield f"{machine}.{name} {'retries' if 'Conflict' in retried else 'does not retry'} Conflict"
            for error in sorted(retried & {"States.ALL", "States.TaskFailed"}):
                yield f"{machine}.{name} retries {error}, so also what never passes"


def tell_of_failures(stack, code):
    """Every stage is caught; every failure is published before it ends the run."""
    for machine, definition in stack.machines.items():
        caught_inside = set()
        for _, state in walk(definition):
            if "ItemProcessor" in state and any("States.ALL" in c["ErrorEquals"] for c in state.get("Catch", [])):
                caught_inside |= {name for name, _ in walk(state["ItemProcessor"])}
        for name, state in walk(definition):
            catches = [c for c in state.get("Catch", []) if "States.ALL" in c["ErrorEquals"]]
            if function_of(state) and not catches and name not in caught_inside:
                yield f"{machine}.{name} is not caught"
            for catch in catches:
                target = definition["States"].get(catch["Next"], {})
                if "sns:publish" not in target.get("Resource", ""):
                    yield f"{machine}.{name} fails without a word"
                elif definition["States"][target["Next"]]["Type"] != "Fail":
                    yield f"{machine}.{name} fails, and the run succeeds"


def tell_whether_rows_are_loaded(stack, code):
    """Who reads of a failure has to know. What fails after the facts are loaded takes no row back."""
    states = stack.machines["facts"]["States"]
    after, waiting = set(), [states["LoadFacts"]["Next"]]
    while waiting:
        name = waiting.pop()
        if name not in after:
            after.add(name)
            waiting += [choice["Next"] for choice in states[name].get("Choices", [])]
            waiting += [states[name][key] for key in ("Next", "Default") if key in states[name]]
    for name, state in states.items():
        for catch in state.get("Catch", []):
            message = states[catch["Next"]].get("Parameters", {}).get("Message.$")
            if message and ("rows are loaded" in message) != (name in after):
                yield f"what is told when facts.{name} fails is {'not ' if name in after else ''}that rows are loaded"


def tell_what_gates_hold(stack, code):
    """It is told, it is no failure, and the tables are maintained all the same."""
    states = stack.machines["dims"]["States"]
    held = [choice for state in states.values() if state["Type"] == "Choice" for choice in state["Choices"]
            if "gates_held" in json.dumps(choice)]
    if not held:
        yield "nobody looks whether dimensions were held back"
    for choice in held:
        told = states[choice["Next"]]
        if "sns:publish" not in told.get("Resource", "") or "alert.body" not in json.dumps(told["Parameters"]):
            yield "dimensions are held back without a word"
        elif function_of(states.get(told["Next"], {})) != "maintain":
            yield "what a gate holds back keeps the tables from being maintained"
    # What the states look at is what the function answers.
    looked_at = re.findall(r"\$\.dims\.answer\.(\w+)(?:\.(\w+))?", json.dumps(states))
    for field, part in sorted(set(looked_at)):
        if field not in code.answers("load-dims") or (part and part not in code.alert_fields()):
            yield f"load-dims answers no {'.'.join(filter(None, (field, part)))}"
    for part in sorted(code.alert_fields() - {part for field, part in looked_at if field == "alert"}):
        yield f"the alert's {part} is not passed on"
    if "accept_gates" not in json.dumps(states["LoadDims"]["Parameters"]):
        yield "nobody can let through what a gate holds back"


def end(stack, code):
    for machine, definition in stack.machines.items():
        if "TimeoutSeconds" not in definition:
            yield f"{machine} may run for a year"
    for machine, name, state in every_state(stack):
        if state["Type"] != "Task":
            continue
        if "TimeoutSeconds" not in state:
            yield f"{machine}.{name} has no timeout"
        function = function_of(state)
        if function:
            limit = stack.number(stack.properties(LOGICAL[function])["Timeout"])
            if state.get("TimeoutSeconds", 0) < limit + GRACE_S:
                yield f"{machine}.{name} gives up before {function} does"


def resolve(stack, code):
    """Every ${name} of a definition is substituted, and nothing else is."""
    for logical, properties in stack.of("StepFunctions::StateMachine").items():
        machine = logical.removesuffix("Machine").lower()
        named = set(re.findall(r"\$\{(\w+)\}", json.dumps(stack.machines[machine])))
        given = set(properties.get("DefinitionSubstitutions", {}))
        for name in sorted(named ^ given):
            yield f"{name} is {'named in' if name in named else 'given but not named in'} {machine}.asl.json"


def is_distributed(state):
    return state.get("ItemProcessor", {}).get("ProcessorConfig", {}).get("Mode") == "DISTRIBUTED"


def actions(state):
    """Actions that a state comes to, those inside of it left out."""
    found = set(ACTIONS[state["Resource"]]) if state["Type"] == "Task" else set()
    found |= DISTRIBUTED if is_distributed(state) else set()
    for field, known in ("ItemReader", READERS), ("ResultWriter", WRITERS):
        found |= known[state[field]["Resource"]] if field in state else set()
    return found


def may_do_what_they_do(stack, code):
    for machine, definition in stack.machines.items():
        role = f"{machine.capitalize()}MachineRole"
        allowed = stack.allowed(role)
        does, calls = set(), set()
        for _, state in walk(definition):
            does |= actions(state)
            calls |= {LOGICAL[function_of(state)]} if function_of(state) else set()
        if does & {"sns:Publish", "s3:PutObject"}:
            does |= ENCRYPTED
        for action in sorted(set(allowed) - does - WITHOUT_RESOURCE):
            yield f"{machine} may {action}, which it never does"
        for action in sorted(does - set(allowed)):
            yield f"{machine} may not {action}"
        invokes = {name.removeprefix("${").removesuffix(".Arn}") for name in allowed.get("lambda:InvokeFunction", ())}
        for function in sorted(invokes ^ calls):
            yield f"{machine} {'may invoke' if function in invokes else 'may not invoke'} {function}"


def are_logged_and_traced(stack, code):
    groups = set(stack.of("Logs::LogGroup"))
    for name, machine in stack.of("StepFunctions::StateMachine").items():
        logging = machine.get("LoggingConfiguration", {})
        if logging.get("Level") not in ("ERROR", "ALL") or not references(logging.get("Destinations", [])) & groups:
            yield f"{name} is not logged to a group of the stack"
        if machine.get("TracingConfiguration", {}).get("Enabled") is not True:
            yield f"{name} is not traced"
        # An express machine may run a window twice.
        if text(machine.get("StateMachineType", "STANDARD")) != "STANDARD":
            yield f"{name} is not of the standard type"


RULES = [
    go_in_the_order_of_the_stages, name_errors_that_exist, retry_what_may_pass, tell_of_failures,
    tell_whether_rows_are_loaded, tell_what_gates_hold, end, resolve,
    may_do_what_they_do, are_logged_and_traced,
]
