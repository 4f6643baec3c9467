"""The data: nobody else reads it, nothing of it is lost."""

from stack import listed, text

# What the lifecycle may remove. Tables are not among it, and raw objects only when a parameter says so.
PASSING = ("landed/", "athena-results/")


def tells_of_new_objects(stack, code):
    for name, bucket in stack.of("S3::Bucket").items():
        events = bucket.get("NotificationConfiguration", {}).get("EventBridgeConfiguration", {})
        if events.get("EventBridgeEnabled") is not True:
            yield f"{name} does not send events to EventBridge"


def keeps_what_is_overwritten(stack, code):
    for name, bucket in stack.of("S3::Bucket").items():
        if bucket.get("VersioningConfiguration", {}).get("Status") != "Enabled":
            yield f"{name} keeps no versions"
        for policy in ("DeletionPolicy", "UpdateReplacePolicy"):
            if stack.resources[name].get(policy) != "Retain":
                yield f"{name} goes with the stack: {policy} is not Retain"


def is_encrypted_by_our_key(stack, code):
    for name, bucket in stack.of("S3::Bucket").items():
        rules = bucket.get("BucketEncryption", {}).get("ServerSideEncryptionConfiguration", [{}])
        default = rules[0].get("ServerSideEncryptionByDefault", {})
        if default.get("SSEAlgorithm") != "aws:kms" or text(default.get("KMSMasterKeyID")) != "${Key.Arn}":
            yield f"{name} is not encrypted by the key of the stack"
        # Else every object costs a call of KMS.
        if rules[0].get("BucketKeyEnabled") is not True:
            yield f"{name} has no bucket key"
    for name, key in stack.of("KMS::Key").items():
        if key.get("EnableKeyRotation") is not True:
            yield f"{name} does not rotate"
        if stack.resources[name].get("DeletionPolicy") != "Retain":
            yield f"{name} goes with the stack, and all that it encrypts is lost"


def is_closed_to_the_public(stack, code):
    for name, bucket in stack.of("S3::Bucket").items():
        block = bucket.get("PublicAccessBlockConfiguration", {})
        for setting in ("BlockPublicAcls", "BlockPublicPolicy", "IgnorePublicAcls", "RestrictPublicBuckets"):
            if block.get(setting) is not True:
                yield f"{name} does not {setting}"
        owners = bucket.get("OwnershipControls", {}).get("Rules", [{}])
        if owners[0].get("ObjectOwnership") != "BucketOwnerEnforced":
            yield f"{name} lets others own objects in it"


def takes_tls_only(stack, code):
    for name in stack.of("S3::Bucket"):
        covered = set()
        for policy in stack.of("S3::BucketPolicy").values():
            for statement in policy["PolicyDocument"]["Statement"]:
                plain = statement.get("Condition") == {"Bool": {"aws:SecureTransport": "false"}}
                everybody = statement.get("Principal") in ("*", {"AWS": "*"})
                if statement["Effect"] == "Deny" and plain and everybody and statement["Action"] == "s3:*":
                    covered |= set(map(text, listed(statement["Resource"])))
        for resource in (f"${{{name}.Arn}}", f"${{{name}.Arn}}/*"):
            if resource not in covered:
                yield f"{resource} can be read without TLS"


def forgets_only_what_passes(stack, code):
    for name, condition, rule in lifecycle_rules(stack):
        expires = "ExpirationInDays" in rule or "ExpirationDate" in rule
        wanted = condition == "RawExpires" and rule.get("Prefix") == "raw/"
        if expires and not wanted and not str(rule.get("Prefix", "")).startswith(PASSING):
            yield f"{name} removes objects that are not of {PASSING}: {rule.get('Id')}"
    rules = [rule for _, rule in lifecycle(stack)]
    for setting in ("AbortIncompleteMultipartUpload", "NoncurrentVersionExpiration"):
        if not any(setting in rule and not rule.get("Prefix") for rule in rules):
            yield f"no rule of the whole bucket has {setting}"


def marks_outlive_receipts(stack, code):
    """A receipt whose mark is gone is pending again, and one that is pending needs what it names."""

    def days(prefix):
        found = [r["ExpirationInDays"] for _, r in lifecycle(stack) if "ExpirationInDays" in r
                 and prefix.startswith(str(r.get("Prefix", "")))]
        return min(found, default=float("inf"))

    receipts = days("landed/receipts/")
    for prefix in ("landed/applied/", "landed/parts/", "landed/changes/"):
        if receipts != float("inf") and days(prefix) <= receipts:
            yield f"{prefix} lives {days(prefix)} days, the receipts that need it {receipts}"


def forgets_names_that_nobody_takes(stack, code):
    """Personal values wait there in clear, and what no dims run takes would wait for good."""
    if not any(rule.get("Prefix") == "landed/changes/" and "ExpirationInDays" in rule for _, rule in lifecycle(stack)):
        yield "landed/changes/ keeps names in clear for good"


def lifecycle(stack):
    """Rules that hold in any case."""
    return [(name, rule) for name, condition, rule in lifecycle_rules(stack) if condition is None]


def lifecycle_rules(stack):
    """All rules, with the condition that they depend on."""
    for name, bucket in stack.of("S3::Bucket").items():
        for rule in bucket.get("LifecycleConfiguration", {}).get("Rules", []):
            condition = rule["Fn::If"][0] if "Fn::If" in rule else None
            for choice in listed(rule):
                if choice["Status"] == "Enabled":
                    yield name, condition, choice


RULES = [
    tells_of_new_objects, keeps_what_is_overwritten, is_encrypted_by_our_key, is_closed_to_the_public, takes_tls_only,
    forgets_only_what_passes, marks_outlive_receipts, forgets_names_that_nobody_takes,
]
