"""The replication of the shop's database: off unless it is wanted, and then nothing of it is lost on its way."""

from stack import references, text

TABLES = {"users", "products", "categories", "brands", "sessions", "events"}
# What becomes of a row that DMS cannot write. Anything else passes it over.
STOPS = {"SUSPEND_TABLE", "STOP_TASK"}
POLICIES = {
    "DataErrorPolicy", "DataTruncationErrorPolicy", "TableErrorPolicy", "ApplyErrorDeletePolicy", "ApplyErrorInsertPolicy",
    "ApplyErrorUpdatePolicy",
}
# How extract finds its way through the files.
FORM = {
    "BucketFolder": "raw/dms", "DataFormat": "csv", "CsvNullValue": "NULL", "CsvDelimiter": ",", "Rfc4180": True,
    "AddColumnName": True, "IncludeOpForFullLoad": True, "TimestampColumnName": "commit_time", "DatePartitionEnabled": False,
}


def is_off_unless_it_is_wanted(stack, code):
    wanted = {"Fn::Not": [{"Fn::Equals": [{"Ref": "SourceDatabaseSecretArn"}, ""]}]}
    if stack.template["Conditions"].get("Replicated") != wanted:
        yield "the replication is wanted by something else than SourceDatabaseSecretArn"
    if stack.template["Parameters"]["SourceDatabaseSecretArn"].get("Default") != "":
        yield "the replication is on by default"
    for name, resource in stack.resources.items():
        trusted = str(resource.get("Properties", {}).get("AssumeRolePolicyDocument"))
        ours = resource["Type"].startswith("AWS::DMS::") or "dms." in trusted
        if ours and resource.get("Condition") != "Replicated":
            yield f"{name} is made without a database to replicate"


def takes_every_table(stack, code):
    for name, replication in stack.of("DMS::ReplicationConfig").items():
        included = []
        for rule in rules(replication, "selection"):
            place = rule["object-locator"]
            if rule["rule-action"] != "include" or place["schema-name"] != "public" or "filters" in rule:
                yield f"{name} leaves something out: {rule}"
            included.append(place["table-name"])
        for table in sorted(TABLES ^ set(included)):
            yield f"{name} {'does not take' if table in TABLES else 'takes'} {table}"
    if not stack.of("DMS::ReplicationConfig"):
        yield "there is no replication"


def takes_every_change(stack, code):
    for name, target in targets(stack):
        for setting in ("CdcInsertsOnly", "CdcInsertsAndUpdates"):
            if target.get(setting) is not False:
                yield f"{name} drops deletes: {setting}"
    for name, replication in stack.of("DMS::ReplicationConfig").items():
        settings = replication["ReplicationSettings"]
        if replication["ReplicationType"] != "full-load-and-cdc":
            yield f"{name} does not take both what is there and what changes"
        if settings["TargetMetadata"].get("BatchApplyEnabled") is not False:
            yield f"{name} puts the changes of a row together"
        if settings["TargetMetadata"].get("SupportLobs") is not True:
            yield f"{name} leaves columns of text out"
        if settings["FullLoadSettings"].get("TargetTablePrepMode") != "DO_NOTHING":
            yield f"{name} removes what it wrote before"
        for setting in ("HandleSourceTableDropped", "HandleSourceTableTruncated"):
            if settings["ChangeProcessingDdlHandlingPolicy"].get(setting) is not False:
                yield f"{name} removes files with their table: {setting}"
        for policy in sorted(POLICIES):
            if settings["ErrorBehavior"].get(policy) not in STOPS:
                yield f"{name} passes rows over: {policy}"
    for name, source in sources(stack):
        if source.get("FailTasksOnLobTruncation") is not True:
            yield f"{name} cuts long text off"


def orders_changes(stack, code):
    """By commit time, and within a transaction by the sequence; what the full load has read comes before all of them."""
    for name, replication in stack.of("DMS::ReplicationConfig").items():
        everywhere = {"schema-name": "public", "table-name": "%"}
        added = [
            rule for rule in rules(replication, "transformation")
            if rule["rule-action"] == "add-column" and rule["rule-target"] == "column"
            and rule["object-locator"] == everywhere and rule["expression"] == "$AR_H_CHANGE_SEQ"
        ]
        if [rule["value"] for rule in added] != ["change_seq"]:
            yield f"{name} does not say in which order changes came"
        ids = [rule["rule-id"] for rule in replication["TableMappings"]["rules"]]
        if len(set(ids)) != len(ids):
            yield f"{name} has rules of the same id"
    for name, target in targets(stack):
        if target.get("UseTaskStartTimeForFullLoadTimestamp") is not True:
            yield f"{name} dates rows of the full load after changes that they do not have"


def writes_what_extract_reads(stack, code):
    for name, target in targets(stack):
        for setting, value in FORM.items():
            if target.get(setting) != value:
                yield f"{name} has {setting} {target.get(setting)}, not {value}"
    for name, replication in stack.of("DMS::ReplicationConfig").items():
        for setting, value in replication["ReplicationSettings"]["ControlTablesSettings"].items():
            if value is not False:
                yield f"{name} writes tables of its own under raw/: {setting}"


def is_encrypted_on_its_way(stack, code):
    for name, target in targets(stack):
        mode, key = target.get("EncryptionMode"), target.get("ServerSideEncryptionKmsKeyId", {})
        if mode != "sse-kms" or text(key) != "${Key.Arn}":
            yield f"{name} writes objects that are not encrypted by the key of the stack"
    for name, source in sources(stack):
        endpoint = stack.properties(name)
        if endpoint.get("SslMode") not in ("require", "verify-ca", "verify-full"):
            yield f"{name} speaks to the database without TLS"
        # With these beside the secret DMS refuses the endpoint.
        for setting in ("Username", "Password", "ServerName", "Port"):
            if setting in endpoint:
                yield f"{name} has a {setting} beside its secret"
        if references(source.get("SecretsManagerSecretId", {})) != {"SourceDatabaseSecretArn"}:
            yield f"{name} does not take its password from a secret"


def does_not_fill_the_database(stack, code):
    for name, source in sources(stack):
        if source.get("HeartbeatEnable") is not True:
            yield f"{name} holds logs back while the tables are idle"
    watched = [alarm for alarm in stack.of("CloudWatch::Alarm").values() if alarm.get("Namespace") == "AWS/RDS"]
    if not any(alarm["MetricName"] == "OldestReplicationSlotLag" for alarm in watched):
        yield "no alarm on logs that the slot holds back"


def targets(stack):
    endpoints = stack.of("DMS::Endpoint").items()
    return [(name, endpoint["S3Settings"]) for name, endpoint in endpoints if endpoint["EndpointType"] == "target"]


def sources(stack):
    endpoints = stack.of("DMS::Endpoint").items()
    return [(name, endpoint["PostgreSqlSettings"]) for name, endpoint in endpoints if endpoint["EndpointType"] == "source"]


def rules(replication, kind):
    return [rule for rule in replication["TableMappings"]["rules"] if rule["rule-type"] == kind]


RULES = [
    is_off_unless_it_is_wanted, takes_every_table, takes_every_change, orders_changes, writes_what_extract_reads,
    is_encrypted_on_its_way, does_not_fill_the_database,
]
