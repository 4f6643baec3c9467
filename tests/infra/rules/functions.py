"""How the functions run."""

from stack import references, text

MAX_TIMEOUT_S = 900


def run_on_arm_from_a_binary(stack, code):
    for name, function in stack.functions():
        if function.get("Architectures") != ["arm64"]:
            yield f"{name} is not of arm64"
        if function.get("Runtime") != "provided.al2023" or function.get("Handler") != "bootstrap":
            yield f"{name} is not a bootstrap on provided.al2023"


def are_all_there(stack, code):
    names = {text(function["FunctionName"]) for function in stack.of("Lambda::Function").values()}
    expected = {f"estrella-${{Environment}}-{stage}" for stage in code.stages()}
    for name in names ^ expected:
        yield f"{name} is {'not a stage' if name in names else 'not deployed'}"


def have_limits(stack, code):
    for name, function in stack.functions():
        if not 1 <= stack.number(function.get("Timeout", 0)) <= MAX_TIMEOUT_S:
            yield f"{name} has no timeout"
        if not 128 <= stack.number(function.get("MemorySize", 0)) <= 10240:
            yield f"{name} has no memory size"


def write_to_log_groups_of_ours(stack, code):
    groups = stack.of("Logs::LogGroup")
    for name, group in groups.items():
        if stack.number(group.get("RetentionInDays", 0)) <= 0:
            yield f"{name} keeps its logs for ever"
        if text(group.get("KmsKeyId")) != "${Key.Arn}":
            yield f"{name} is not encrypted by the key of the stack"
    for name, function in stack.functions():
        if not references(function.get("LoggingConfig", {})) & set(groups):
            yield f"{name} writes to a log group that the stack does not make"


RULES = [run_on_arm_from_a_binary, are_all_there, have_limits, write_to_log_groups_of_ours]
