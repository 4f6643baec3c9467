"""What the template sets is what the code reads."""

OURS = "ESTRELLA_"


def variables(function):
    return {name for name in function.get("Environment", {}).get("Variables", {}) if name.startswith(OURS)}


def sets_what_is_read(stack, code):
    for name, function in stack.functions():
        required, known = code.variables(name)
        # What has a default is set where its value is used.
        used = code.fields_set(name)
        for variable in sorted((required | (known & (used | {f"{OURS}LOG"}))) - variables(function)):
            yield f"{name} reads {variable}, which is not set"


def sets_only_what_is_read(stack, code):
    for name, function in stack.functions():
        required, known = code.variables(name)
        used = code.fields_set(name)
        for variable in sorted(variables(function) - required - (known & (used | {f"{OURS}LOG"}))):
            yield f"{name} does not read {variable}"
        others = set(function["Environment"]["Variables"]) - variables(function)
        for variable in sorted(others):
            yield f"{name} is given {variable}, which is not one of ours"


RULES = [sets_what_is_read, sets_only_what_is_read]
