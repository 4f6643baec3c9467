"""What starts the pipeline: new objects, and the clock."""

import json

from stack import references, text

CLOCK = {"HourlyFacts": ("cron(10 * * * ? *)", "FactsMachine"), "DailyDims": ("cron(20 3 * * ? *)", "DimsMachine")}


def take_only_new_objects_of_the_bucket(stack, code):
    for name, rule in stack.of("Events::Rule").items():
        pattern = rule["EventPattern"]
        detail = pattern.get("detail", {})
        if pattern.get("source") != ["aws.s3"] or pattern.get("detail-type") != ["Object Created"]:
            yield f"{name} takes more than new objects"
        if [text(bucket) for bucket in detail.get("bucket", {}).get("name", [])] != ["${DataBucket}"]:
            yield f"{name} takes objects of other buckets"
        keys = detail.get("object", {}).get("key", [])
        prefixes = [key.get("prefix") for key in keys if isinstance(key, dict)]
        if len(prefixes) != 1 or prefixes[0] not in ("raw/", "landed/receipts/"):
            yield f"{name} takes keys under {prefixes}: what the functions write would start them again"


def lead_to_the_right_function(stack, code):
    """Raw objects are extracted; receipts start the facts, in one of the two modes only."""
    for name, rule in stack.of("Events::Rule").items():
        [key] = rule["EventPattern"]["detail"]["object"]["key"]
        expected = {"raw/": "Extract", "landed/receipts/": "FactsMachine"}[key["prefix"]]
        if {target for t in rule["Targets"] for target in references(t["Arn"])} != {expected}:
            yield f"{name} does not lead to {expected}"
        if expected == "FactsMachine" and stack.resources[name].get("Condition") != "OnArrival":
            yield f"{name} starts the facts beside their schedule"


def name_the_window(stack, code):
    schedules = stack.of("Scheduler::Schedule")
    for name in set(schedules) ^ set(CLOCK):
        yield f"{name} is a schedule {'that is not known' if name in schedules else 'that is not there'}"
    for name in set(schedules) & set(CLOCK):
        schedule, (cron, machine) = schedules[name], CLOCK[name]
        if (schedule["ScheduleExpression"], schedule.get("ScheduleExpressionTimezone")) != (cron, "UTC"):
            yield f"{name} is not {cron} in UTC"
        if schedule.get("State", "ENABLED") != "ENABLED":
            yield f"{name} is off"
        if references(schedule["Target"]["Arn"]) != {"WindowMachine"}:
            yield f"{name} does not start the machine that names windows"
        message = json.loads(text(schedule["Target"]["Input"]))
        expected = {
            "state_machine_arn": f"${{{machine}}}",
            "name_prefix": machine.removesuffix("Machine").lower(),
            "scheduled_time": "<aws.scheduler.scheduled-time>",
        }
        if message != expected:
            yield f"{name} says {message}"


RULES = [take_only_new_objects_of_the_bucket, lead_to_the_right_function, name_the_window]
