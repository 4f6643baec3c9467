"""Who may do what: not more than the code does, and not less."""

import re

from rust import SDK_CALLS
from stack import LOGICAL, listed, references, text

BUCKET = "${DataBucket.Arn}/"
# Where tables are.
LAYERS = tuple(f"{BUCKET}{layer}/" for layer in ("clean", "model", "ops", "changes", "restricted"))
# Executions and runs of maps have names that are made when they start.
STARTED = re.compile(r"^arn:\$\{AWS::Partition\}:states:\$\{AWS::Region\}:\$\{AWS::AccountId\}:(execution|mapRun):estrella-\$\{Environment\}-[\w/]+:\*$")
GLUE = re.compile(r"^arn:\$\{AWS::Partition\}:glue:\$\{AWS::Region\}:\$\{AWS::AccountId\}:(.*)$")
DATABASE = "estrella_${Environment}_"

# Actions that know no resource: the service takes nothing but `*` for them.
WITHOUT_RESOURCE = {
    "logs:CreateLogDelivery", "logs:GetLogDelivery", "logs:UpdateLogDelivery", "logs:DeleteLogDelivery",
    "logs:ListLogDeliveries", "logs:PutResourcePolicy", "logs:DescribeResourcePolicies", "logs:DescribeLogGroups",
    "xray:PutTraceSegments", "xray:PutTelemetryRecords", "xray:GetSamplingRules", "xray:GetSamplingTargets",
}

# What the services around a function do in its name, and why.
AROUND = {
    "kms:Decrypt": "S3 and SNS, to read what is encrypted by the key",
    "kms:GenerateDataKey": "S3 and SNS, to encrypt by the key",
    "logs:CreateLogStream": "Lambda, for a new environment",
    "logs:PutLogEvents": "Lambda, for every line",
}
# Where Lambda itself sends what a function has failed at.
FAILURES = "sqs:SendMessage"

# What is removed when its rows are loaded, or when newer states follow.
DONE_WITH = ("landed/parts", "landed/profiles", "landed/changes", "ops/monitors/state")

# What is not called by the functions' code, by role: for whom, and what for.
OTHERS = {
    "StarterRole": {
        "states:StartExecution": "Scheduler and EventBridge start machines",
        "sqs:SendMessage": "Scheduler writes what it could not deliver",
        "kms:Decrypt": "Scheduler reads its encrypted input",
    },
    "ReplicationSourceRole": {
        "secretsmanager:GetSecretValue": "DMS reads the password of the shop's database",
        "secretsmanager:DescribeSecret": "DMS asks whether it was rotated",
        "kms:Decrypt": "the secret may have a key of its own",
    },
    "ReplicationTargetRole": {
        "s3:PutObject": "DMS writes files under raw/dms/",
        "s3:PutObjectTagging": "DMS tags them",
        "s3:DeleteObject": "DMS tests its connection by a file that it removes",
        "s3:ListBucket": "DMS looks whether the bucket is there",
        "kms:Decrypt": "S3 puts parts of a file together",
        "kms:GenerateDataKey": "S3 encrypts by the key",
        "kms:DescribeKey": "DMS looks whether the key is there",
    },
}


def role_of(function):
    return f"{LOGICAL[function]}Role"


def name_every_action(stack, code):
    for place, statement in all_statements(stack):
        if "NotAction" in statement or "NotResource" in statement or "NotPrincipal" in statement:
            yield f"{place} says what is not meant instead of what is"
        for action in listed(statement.get("Action", [])):
            if "*" in action and statement["Effect"] == "Allow" and not is_account_on_key(place, statement):
                yield f"{place} allows {action}"


def name_every_resource(stack, code):
    for place, statement in all_statements(stack):
        # In the policy of a key, `*` is the key itself.
        if statement["Effect"] != "Allow" or "Resource" not in statement or place.startswith("KMS::Key"):
            continue
        for resource in map(text, listed(statement["Resource"])):
            if resource == "*":
                for action in sorted(set(listed(statement["Action"])) - WITHOUT_RESOURCE):
                    yield f"{place} allows {action} on everything"
            elif "*" in resource and not (
                resource.startswith((BUCKET, "arn:${AWS::Partition}:glue:")) or STARTED.match(resource)
            ):
                yield f"{place} names {resource}"
            elif resource in (f"{BUCKET}*", "${DataBucket.Arn}*"):
                yield f"{place} names the whole bucket"


def allow_whom_they_mean(stack, code):
    """A service acts for this account only."""
    for place, statement in all_statements(stack):
        principal = statement.get("Principal")
        if statement["Effect"] != "Allow" or principal is None:
            continue
        if principal == "*" or (isinstance(principal, dict) and "*" in map(text, listed(principal.get("AWS", [])))):
            yield f"{place} allows everybody"
        services = listed(principal.get("Service", [])) if isinstance(principal, dict) else []
        # Lambda and Step Functions take a role only in its own account.
        confused = {
            "events.amazonaws.com", "scheduler.amazonaws.com", "cloudwatch.amazonaws.com", "sns.amazonaws.com",
            "dms.amazonaws.com", "dms.${AWS::Region}.amazonaws.com",
        }
        if set(map(text, services)) & confused and "aws:Source" not in str(statement.get("Condition")):
            yield f"{place} does not ask {services} for whom it acts"


def allow_what_the_code_does(stack, code):
    for function, _ in stack.functions():
        allowed = set(stack.allowed(role_of(function)))
        around = set(AROUND) | ({FAILURES} if sends_failures(stack, function) else set())
        does = code.actions(function)
        for action in sorted(allowed - does - around):
            yield f"{function} may {action}, which its code never does"
        for action in sorted((does | around) - allowed):
            yield f"{function} may not {action}, which its code does"


def know_every_call(stack, code):
    """The table of calls behind actions is that of the code, so the rule above looks at all of them."""
    known, made = set().union(*SDK_CALLS.values()), code.sdk_calls()
    for call in sorted(known ^ made):
        yield f"{call} is {'called but not in the table' if call in made else 'in the table but never called'}"
    for function, _ in stack.functions():
        for action in sorted(code.actions(function)):
            if not SDK_CALLS.get(action, set()) & made:
                yield f"{function} asks for {action}, behind which there is no call"


def open_only_their_tables(stack, code):
    for function, _ in stack.functions():
        allowed = stack.allowed(role_of(function))
        opened, committed = code.opened(function), code.committed(function)
        creates = code.made(function) if "glue:CreateTable" in code.actions(function) else set()
        for action, needed in ("glue:GetTable", opened), ("glue:CreateTable", creates), ("glue:UpdateTable", committed):
            tables, databases, catalog = glue_resources(allowed.get(action, set()), code)
            for table in sorted(tables ^ needed):
                yield f"{function} {'needs no' if table in tables else 'lacks'} {action} on {table}"
            if databases != {table.split(".")[0] for table in needed} or catalog != bool(needed):
                yield f"{function} has {action} on other databases than those of its tables"


def read_what_they_may_write(stack, code):
    """A key that is taken is looked at: what stands is what a second call answers."""
    for function, _ in stack.functions():
        allowed = stack.allowed(role_of(function))
        readable = allowed.get("s3:GetObject", set())
        for resource in sorted(allowed.get("s3:PutObject", set()) - readable):
            if not any(covers(wider, resource) for wider in readable):
                yield f"{function} may write {resource} but not read it"
        for resource in allowed.get("s3:AbortMultipartUpload", set()) - allowed.get("s3:PutObject", set()):
            yield f"{function} may end uploads to {resource}, where it may not write"


def reach_the_documents_they_name(stack, code):
    for function, _ in stack.functions():
        allowed = stack.allowed(role_of(function))
        reachable = allowed.get("s3:GetObject", set()) | allowed.get("s3:PutObject", set())
        for prefix in sorted(code.keys(function)):
            if not any(covers(resource, f"{BUCKET}{prefix}*") for resource in reachable):
                yield f"{function} makes keys under {prefix}, where it may do nothing"
        for resource in sorted(allowed.get("s3:PutObject", set())):
            prefix = resource.removeprefix(BUCKET).removesuffix("*")
            if prefix.startswith("landed/") and prefix not in code.keys(function):
                yield f"{function} may write under {prefix}, where it makes no keys"


def read_the_mapping_if_they_ask_for_it(stack, code):
    for function, _ in stack.functions():
        readable = stack.allowed(role_of(function)).get("s3:GetObject", set())
        may = any(matches(resource, f"{BUCKET}config/tables.json") for resource in readable)
        if may != code.reads_mapping(function):
            yield f"{function} {'may' if may else 'cannot'} read config/tables.json"


def write_only_their_tables(stack, code):
    """Data files of the tables that a function writes; metadata of those that it makes if they are not there."""
    for function, _ in stack.functions():
        resources = stack.allowed(role_of(function)).get("s3:PutObject", set())
        written, made = code.written(function), code.made(function)
        for table in sorted(code.tables()):
            folder = BUCKET + table.replace(".", "/")
            data, metadata = f"{folder}/data/x.parquet", f"{folder}/metadata/x.json"
            may = {name: any(matches(resource, key) for resource in resources)
                   for name, key in (("data", data), ("metadata", metadata))}
            if may["data"] and table not in written:
                yield f"{function} may write data of {table}"
            if may["metadata"] != (table in made) and not (may["metadata"] and table in written):
                yield f"{function} {'may write' if may['metadata'] else 'cannot write'} metadata of {table}"
            if table in written and not may["data"] and writes_data(code, function):
                yield f"{function} cannot write data of {table}"
        for resource in sorted(resources):
            if not resource.startswith((f"{BUCKET}landed/", *LAYERS)):
                yield f"{function} may write {resource}, which is neither a table's nor a stage's"


def remove_only_what_is_done_with(stack, code):
    for function, _ in stack.functions():
        for resource in sorted(stack.allowed(role_of(function)).get("s3:DeleteObject", set())):
            tables = resource.startswith(LAYERS)
            done = resource.startswith(tuple(f"{BUCKET}{what}/" for what in DONE_WITH))
            if not (done if code.written(function) and function != "maintain" else tables):
                yield f"{function} may remove {resource}"


def give_others_only_what_they_need(stack, code):
    """Roles that are not the functions'. Those of the machines are looked at beside their definitions."""
    known = {role_of(function) for function, _ in stack.functions()}
    for role in sorted(set(stack.of("IAM::Role")) - known):
        if role.endswith("MachineRole"):
            continue
        allowed = stack.allowed(role)
        for action in sorted(set(allowed) ^ set(OTHERS.get(role, {}))):
            yield f"{role}: {action} is not what the list of reasons says"
        for action in ("s3:PutObject", "s3:PutObjectTagging", "s3:DeleteObject"):
            for resource in sorted(allowed.get(action, set()) - {f"{BUCKET}raw/dms/*"}):
                yield f"{role} may {action} on {resource}, which is not the replication's"


def all_statements(stack):
    documents = []
    for name, resource in stack.resources.items():
        properties, kind = resource.get("Properties", {}), resource["Type"].removeprefix("AWS::")
        for key in ("PolicyDocument", "KeyPolicy", "AssumeRolePolicyDocument"):
            if key in properties:
                documents.append((f"{kind} {name}", properties[key]))
        for policy in properties.get("Policies", []) if kind == "IAM::Role" else []:
            documents.append((f"{kind} {name}", policy["PolicyDocument"]))
    for place, document in documents:
        for statement in listed(document["Statement"]):
            yield place, statement


def is_account_on_key(place, statement):
    """The account itself over its own key: without it nobody could ever change the key again."""
    return place.startswith("KMS::Key") and text(statement["Principal"].get("AWS", "")).endswith(":root")


def sends_failures(stack, function):
    configs = stack.of("Lambda::EventInvokeConfig").values()
    return any(LOGICAL[function] in references(c["FunctionName"]) and "DestinationConfig" in c for c in configs)


def glue_resources(resources, code):
    tables, databases, catalog = set(), set(), False
    for resource in resources:
        [place] = GLUE.match(resource).groups()
        if place == "catalog":
            catalog = True
        elif place.startswith("database/"):
            databases.add(place.removeprefix(f"database/{DATABASE}"))
        else:
            pattern = place.removeprefix(f"table/{DATABASE}").replace("/", ".")
            tables |= {table for table in code.tables() if matches(pattern, table)}
    return tables, databases, catalog


def writes_data(code, function):
    return "s3:AbortMultipartUpload" in code.actions(function)


def matches(pattern, key):
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), key) is not None


def covers(wider, narrower):
    return matches(wider, narrower.replace("*", "x"))


RULES = [
    name_every_action, name_every_resource, allow_whom_they_mean, allow_what_the_code_does, know_every_call,
    open_only_their_tables, read_what_they_may_write, reach_the_documents_they_name,
    read_the_mapping_if_they_ask_for_it, write_only_their_tables, remove_only_what_is_done_with, give_others_only_what_they_need,
]
