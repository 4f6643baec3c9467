"""Asynchronous edges: nothing is dropped without a trace."""

from stack import listed, references, text

WITHOUT_TLS = {"Bool": {"aws:SecureTransport": "false"}}
DAYS_14_S = 14 * 24 * 60 * 60


def every_edge_has_a_dead_letter_queue(stack, code):
    queues = stack.of("SQS::Queue")
    for name, rule in stack.of("Events::Rule").items():
        for target in rule["Targets"]:
            if not references(target.get("DeadLetterConfig", {})) & set(queues):
                yield f"target {target['Id']} of {name} has no dead-letter queue"
            if "RetryPolicy" not in target:
                yield f"target {target['Id']} of {name} does not say how often to try"
    for name, schedule in stack.of("Scheduler::Schedule").items():
        if not references(schedule["Target"].get("DeadLetterConfig", {})) & set(queues):
            yield f"{name} has no dead-letter queue"
    for name in called_asynchronously(stack):
        own = references(stack.properties(name).get("DeadLetterConfig", {}))
        for config in stack.of("Lambda::EventInvokeConfig").values():
            if name in references(config["FunctionName"]):
                own |= references(config.get("DestinationConfig", {}).get("OnFailure", {}))
        if not own & set(queues):
            yield f"{name} is called asynchronously and has no queue for what it fails at"
    for name, mapping in stack.of("Lambda::EventSourceMapping").items():
        for source in references(mapping["EventSourceArn"]) & set(queues):
            if not references(queues[source].get("RedrivePolicy", {})) & set(queues):
                yield f"{source}, source of {name}, has no dead-letter queue"


def dead_letters_wait(stack, code):
    for name in dead_letter_queues(stack):
        if stack.properties(name).get("MessageRetentionPeriod") != DAYS_14_S:
            yield f"{name} does not keep dead letters for 14 days"


def senders_may_write_dead_letters(stack, code):
    for service, queues in (("events.amazonaws.com", rule_queues(stack)),):
        for queue in queues - allowed_to_send(stack, service):
            yield f"{service} may not write to {queue}"


def queues_are_private(stack, code):
    for name, queue in stack.of("SQS::Queue").items():
        if not (queue.get("SqsManagedSseEnabled") or queue.get("KmsMasterKeyId")):
            yield f"{name} is not encrypted"
        denied = set()
        for statement in queue_statements(stack):
            if (statement["Effect"], statement.get("Condition")) == ("Deny", WITHOUT_TLS):
                denied |= set(map(text, listed(statement["Resource"])))
        if f"${{{name}.Arn}}" not in denied:
            yield f"{name} can be used without TLS"
    for name, topic in stack.of("SNS::Topic").items():
        if not references(topic.get("KmsMasterKeyId", {})) & set(stack.of("KMS::Key")):
            yield f"{name} is not encrypted by the key of the stack"


def messages_stay_hidden_while_they_are_worked_at(stack, code):
    """Else SQS delivers a message again while the function is still at it."""
    for name, mapping in stack.of("Lambda::EventSourceMapping").items():
        [function] = references(mapping["FunctionName"]) & set(stack.of("Lambda::Function"))
        timeout = stack.number(stack.properties(function)["Timeout"])
        for queue in references(mapping["EventSourceArn"]) & set(stack.of("SQS::Queue")):
            visible_after = stack.number(stack.properties(queue).get("VisibilityTimeout", 30))
            if visible_after < timeout:
                yield f"{queue} shows messages again after {visible_after:g} s, {function} may take {timeout:g} s"
        if "ReportBatchItemFailures" not in mapping.get("FunctionResponseTypes", []):
            yield f"{name} passes over the answer about which messages failed"


def called_asynchronously(stack):
    targets = [target["Arn"] for rule in stack.of("Events::Rule").values() for target in rule["Targets"]]
    targets += [schedule["Target"]["Arn"] for schedule in stack.of("Scheduler::Schedule").values()]
    subscriptions = stack.of("SNS::Subscription").values()
    targets += [s["Endpoint"] for s in subscriptions if s["Protocol"] == "lambda"]
    return {name for target in targets for name in references(target)} & set(stack.of("Lambda::Function"))


def rule_queues(stack):
    targets = [target for rule in stack.of("Events::Rule").values() for target in rule["Targets"]]
    return set().union(*(references(target.get("DeadLetterConfig", {})) for target in targets))


def dead_letter_queues(stack):
    schedules = stack.of("Scheduler::Schedule").values()
    found = rule_queues(stack).union(*(references(s["Target"].get("DeadLetterConfig", {})) for s in schedules))
    for config in stack.of("Lambda::EventInvokeConfig").values():
        found |= references(config.get("DestinationConfig", {}))
    return found & set(stack.of("SQS::Queue"))


def queue_statements(stack):
    for policy in stack.of("SQS::QueuePolicy").values():
        yield from policy["PolicyDocument"]["Statement"]


def allowed_to_send(stack, service):
    found = set()
    for statement in queue_statements(stack):
        services = listed(statement["Principal"]["Service"]) if isinstance(statement["Principal"], dict) else []
        if statement["Effect"] == "Allow" and service in services and "sqs:SendMessage" in listed(statement["Action"]):
            found |= references(statement["Resource"])
    return found


RULES = [
    every_edge_has_a_dead_letter_queue, dead_letters_wait, senders_may_write_dead_letters, queues_are_private,
    messages_stay_hidden_while_they_are_worked_at,
]
