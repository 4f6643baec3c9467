"""Names and e-mails: who comes near them, under which key they are tokens, and how long they stay."""

from rules.bucket import lifecycle_rules
from rules.policies import BUCKET, DATABASE, matches
from stack import listed, references, text

# Who may read data files of a restricted table, and who its entry in the catalog.
READERS = {"users_pii": {"LoadDimsRole"}, "forgotten_users": {"LoadDimsRole", "ExtractRole"}}
# It expires snapshots, and opens no data file for it.
KEEPERS = {"MaintainRole"}
# Objects with names in clear on their way to these tables, and who reads them.
ON_THEIR_WAY = {
    "raw/dms/public/users/LOAD00000001.csv": {"ExtractRole"},
    "landed/changes/0123.parquet": {"ExtractRole", "LoadDimsRole"},
}
# Where names are in clear, and who gets at them whatever others are allowed.
CLOSED = {
    "restricted/*": {"LoadDimsRole", "ExtractRole", "MaintainRole", "RestrictedReaderArn"},
    "raw/*/users/*": {"ExtractRole", "RestrictedReaderArn"},
    "landed/changes/*": {"ExtractRole", "LoadDimsRole", "RestrictedReaderArn"},
}
MIN_KEY_BYTES = 32


def restricted_is_read_by_few(stack, code):
    for role in sorted(stack.of("IAM::Role")):
        allowed = stack.allowed(role)
        readable = allowed.get("s3:GetObject", set()) | allowed.get("s3:GetObjectVersion", set())
        for key, readers in ON_THEIR_WAY.items():
            if any(matches(resource, BUCKET + key) for resource in readable) != (role in readers):
                yield f"{role} {'cannot' if role in readers else 'may'} read {key}"
        for table, readers in READERS.items():
            key = f"{BUCKET}restricted/{table}/data/x.parquet"
            if any(matches(resource, key) for resource in readable) != (role in readers):
                yield f"{role} {'cannot' if role in readers else 'may'} read restricted.{table}"
            entry = f"table/{DATABASE}restricted/{table}"
            shown = any(matches(r.rsplit(":", 1)[-1], entry) for r in allowed.get("glue:GetTable", ()))
            if shown != (role in readers | KEEPERS):
                yield f"{role} {'cannot' if role in readers else 'may'} open restricted.{table}"
    for name, query in stack.of("Athena::NamedQuery").items():
        if "restricted" in text(query["QueryString"]) + text(query["Database"]):
            yield f"{name} asks what is restricted"
    for name, table in stack.of("Glue::Table").items():
        if "restricted" in str(table).lower():
            yield f"{name} shows what is restricted"


def names_are_closed_to_the_rest(stack, code):
    """To those, too, whose rights come from elsewhere: who reads the bucket through Athena does so by their own."""
    for folder, readers in CLOSED.items():
        denied = [
            statement for statement in bucket_statements(stack)
            if statement["Effect"] == "Deny" and statement["Principal"] == "*"
            and BUCKET + folder in map(text, listed(statement["Resource"])) and "StringNotEquals" in statement["Condition"]
        ]
        if not denied:
            yield f"whoever may read the bucket may read {folder}"
        for statement in denied:
            if not {"s3:GetObject", "s3:GetObjectVersion"} <= set(listed(statement["Action"])):
                yield f"{folder} can be read by its versions"
            excepted = references(statement["Condition"]["StringNotEquals"]["aws:PrincipalArn"]) - {"AWS"}
            for name in sorted(excepted ^ readers):
                yield f"{folder} is {'open' if name in excepted else 'closed'} to {name}"
    if stack.template["Parameters"]["RestrictedReaderArn"].get("Default") != "":
        yield "somebody may read what is restricted by default"


def key_of_tokens_is_for_load_dims(stack, code):
    for role in sorted(stack.of("IAM::Role")):
        for action, resources in stack.allowed(role).items():
            if action.startswith("secretsmanager:") and any("PiiKey" in r or "*" in r for r in resources):
                if (role, action) != ("LoadDimsRole", "secretsmanager:GetSecretValue"):
                    yield f"{role} may {action} of the key of the tokens"
    for name, function in stack.functions():
        if ("PiiKey" in references(function.get("Environment", {}))) != (name == "load-dims"):
            yield f"{name} is {'not ' if name == 'load-dims' else ''}told where the key of the tokens is"


def key_of_tokens_is_kept(stack, code):
    """Under another key the same name is another token."""
    for name, secret in stack.of("SecretsManager::Secret").items():
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if stack.resources[name].get(policy) != "Retain":
                yield f"{name} goes with the stack: {policy} is not Retain"
        if text(secret.get("KmsKeyId", "")) != "${Key.Arn}":
            yield f"{name} is not encrypted by the key of the stack"
        if "SecretString" in secret or secret.get("GenerateSecretString", {}).get("PasswordLength", 0) < MIN_KEY_BYTES:
            yield f"{name} is written down, or shorter than {MIN_KEY_BYTES} bytes"
    if "PiiKey" not in stack.of("SecretsManager::Secret"):
        yield "there is no key of the tokens"


def raw_is_kept_as_long_as_said(stack, code):
    parameter = stack.template["Parameters"].get("RawRetentionDays", {})
    if (parameter.get("Default"), parameter.get("MinValue")) != (0, 0):
        yield "RawRetentionDays does not keep raw objects by default"
    found = [(condition, rule) for _, condition, rule in lifecycle_rules(stack) if rule.get("Prefix") == "raw/"]
    if [(condition, rule.get("ExpirationInDays")) for condition, rule in found] != [
        ("RawExpires", {"Ref": "RawRetentionDays"})
    ]:
        yield f"raw/ is not kept for RawRetentionDays: {found}"
    wanted = {"Fn::Not": [{"Fn::Equals": [{"Ref": "RawRetentionDays"}, 0]}]}
    if stack.template["Conditions"].get("RawExpires") != wanted:
        yield "raw objects expire though RawRetentionDays is 0"


def bucket_statements(stack):
    for policy in stack.of("S3::BucketPolicy").values():
        yield from listed(policy["PolicyDocument"]["Statement"])


RULES = [
    restricted_is_read_by_few, names_are_closed_to_the_rest, key_of_tokens_is_for_load_dims, key_of_tokens_is_kept,
    raw_is_kept_as_long_as_said,
]
