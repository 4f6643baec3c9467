"""Every rule sees what it is for: the stack or the code is spoilt in one place, and the rule says so."""

import pytest

from rules import (
    RULES, backfill, bucket, delivery, environment, functions, machines, observing, policies, privacy, replication,
    starting
)
from stack import listed


def drop(*path):
    """Removes what lies at a path of the expanded template's resources."""

    def spoil(stack, code):
        *parents, last = path
        place = stack.resources
        for step in parents:
            place = place[step]
        del place[last]
        return stack, code

    return spoil


def put(value, *path):
    """Puts a value there."""

    def spoil(stack, code):
        *parents, last = path
        place = stack.resources
        for step in parents:
            place = place[step]
        place[last] = value
        return stack, code

    return spoil


def allow(role, action, resource):
    """Gives a role one right more."""

    def spoil(stack, code):
        statement = {"Effect": "Allow", "Action": action, "Resource": resource}
        stack.properties(role)["Policies"][0]["PolicyDocument"]["Statement"].append(statement)
        return stack, code

    return spoil


def objects(prefix):
    return {"Fn::Sub": f"${{DataBucket.Arn}}{prefix}"}


def lifecycle(**rule):
    """The only rule of the bucket."""
    return put({"Rules": [{"Status": "Enabled", **rule}]}, *BUCKET, "LifecycleConfiguration")


def variable(name, value=None):
    """Sets a variable of plan, or takes it away."""
    path = ("Plan", "Properties", "Environment", "Variables", name)
    return drop(*path) if value is None else put(value, *path)


def forbid(role, action):
    """Takes a right away."""

    def spoil(stack, code):
        for statement in stack.statements(role):
            if isinstance(statement["Action"], list):
                statement["Action"] = [name for name in statement["Action"] if name != action]
            elif statement["Action"] == action:
                statement["Action"] = []
        return stack, code

    return spoil


def narrow(role, old, new):
    """Leaves less of a right, or another one."""

    def spoil(stack, code):
        for statement in stack.statements(role):
            for resource in listed(statement["Resource"]):
                if "Fn::Sub" in resource:
                    resource["Fn::Sub"] = resource["Fn::Sub"].replace(old, new)
        return stack, code

    return spoil


def rewrite(path, old, new):
    """Changes the code."""
    return lambda stack, code: (stack, code.changed(path, old, new))


def state(machine, name, **fields):
    """Changes a state; None removes a field."""

    def spoil(stack, code):
        [found] = [s for _, s in machines.walk(stack.machines[machine]) if _ == name]
        for field, value in fields.items():
            found.pop(field) if value is None else found.update({field: value})
        return stack, code

    return spoil


def caught_by(name):
    return [{"ErrorEquals": ["States.ALL"], "ResultPath": "$.error", "Next": name}]


def queue_in_front(stack, code):
    """A queue that shows messages again while extract is at them."""
    stack.resources["Raw"] = {"Type": "AWS::SQS::Queue", "Properties": {"VisibilityTimeout": 60}}
    mapping = {"FunctionName": {"Ref": "Extract"}, "EventSourceArn": {"Fn::GetAtt": ["Raw", "Arn"]}}
    mapping["FunctionResponseTypes"] = ["ReportBatchItemFailures"]
    stack.resources["FromRaw"] = {"Type": "AWS::Lambda::EventSourceMapping", "Properties": mapping}
    return stack, code


def other_prefix(stack, code):
    for rule in stack.of("Events::Rule").values():
        rule["EventPattern"]["detail"]["object"]["key"] = [{"prefix": "landed/"}]
    return stack, code


def no_root_on_key(stack, code):
    stack.resources["Key"]["Properties"]["KeyPolicy"]["Statement"][0]["Principal"] = {"AWS": "*"}
    return stack, code


def misspelt_metric(stack, code):
    stack.properties("BlockedAlarm")["MetricName"] = "blokked"
    return stack, code


def told_by_etag(stack, code):
    """An identity that the event of the object's arrival does not give."""
    [extract] = [s for name, s in machines.walk(stack.machines["backfill"]) if name == "Extract"]
    told = extract["Parameters"]["Payload"]["detail"]["object"]
    told["etag.$"] = told.pop("version-id.$")
    return stack, code


def other_cron(stack, code):
    stack.properties("HourlyFacts")["ScheduleExpression"] = "rate(1 hour)"
    return stack, code


def parameter(name, value):
    """Another default."""

    def spoil(stack, code):
        stack.template["Parameters"][name]["Default"] = value
        return stack, code

    return spoil


def condition(name, value):
    def spoil(stack, code):
        stack.template["Conditions"][name] = value
        return stack, code

    return spoil


def without(table):
    """Leaves a table of the shop out."""

    def spoil(stack, code):
        mapping = stack.properties("Replication")["TableMappings"]
        mapping["rules"] = [r for r in mapping["rules"] if r["object-locator"]["table-name"] != table]
        return stack, code

    return spoil


def only_expensive_products(stack, code):
    [rule] = [r for r in stack.properties("Replication")["TableMappings"]["rules"] if r["rule-name"] == "products"]
    rule["filters"] = [{"filter-type": "source", "column-name": "price", "filter-conditions": []}]
    return stack, code


def drop_statement(sid):
    """Takes a statement out of the bucket's policy."""

    def spoil(stack, code):
        document = stack.properties("DataBucketPolicy")["PolicyDocument"]
        document["Statement"] = [s for s in document["Statement"] if s["Sid"] != sid]
        return stack, code

    return spoil


def let_in(role, sid="RestrictedIsForFew"):
    """Lets one more read what is closed."""

    def spoil(stack, code):
        [statement] = [s for s in privacy.bucket_statements(stack) if s["Sid"] == sid]
        statement["Condition"]["StringNotEquals"]["aws:PrincipalArn"].append({"Fn::GetAtt": [role, "Arn"]})
        return stack, code

    return spoil


def raw_expires(**rule):
    """Raw objects go, whatever the parameter says."""

    def spoil(stack, code):
        rules = stack.properties("DataBucket")["LifecycleConfiguration"]["Rules"]
        rules[:] = [r for r in rules if "Fn::If" not in r] + [{"Status": "Enabled", "Prefix": "raw/", **rule}]
        return stack, code

    return spoil


def told_everybody(stack, code):
    stack.properties("Plan")["Environment"]["Variables"]["ESTRELLA_PII_SECRET_ARN"] = {"Fn::GetAtt": ["PiiKey", "Id"]}
    return stack, code


def query(sql):
    return put(sql, "RecentRunsQuery", "Properties", "QueryString")


BUCKET = ("DataBucket", "Properties")
S3 = ("ReplicationTarget", "Properties", "S3Settings")
POSTGRES = ("ReplicationSource", "Properties", "PostgreSqlSettings")
SETTINGS = ("Replication", "Properties", "ReplicationSettings")
KEY = ("PiiKey", "Properties")
VIEW = ("DimUsersCurrentView", "Properties", "TableInput")
STATES = "arn:${AWS::Partition}:states:${AWS::Region}:${AWS::AccountId}:"
CATALOG = "arn:${AWS::Partition}:glue:${AWS::Region}:${AWS::AccountId}:"
DIMS_VARIABLES = ("LoadDims", "Properties", "Environment", "Variables")
DIMS_STAGE = "functions/load-dims/src/stage.rs"
PERSONAL = "functions/load-dims/src/changes/personal.rs"
ERRORS = "shared/runtime/src/lambda/diagnostic.rs"
RETRY = {"MaxAttempts": 2, "JitterStrategy": "FULL"}

SPOILT = [
    (bucket.tells_of_new_objects, drop(*BUCKET, "NotificationConfiguration")),
    (bucket.keeps_what_is_overwritten, put({"Status": "Suspended"}, *BUCKET, "VersioningConfiguration")),
    (bucket.keeps_what_is_overwritten, drop("DataBucket", "DeletionPolicy")),
    (bucket.is_encrypted_by_our_key, drop(*BUCKET, "BucketEncryption")),
    (bucket.is_encrypted_by_our_key, put(False, "Key", "Properties", "EnableKeyRotation")),
    (bucket.is_closed_to_the_public, put(False, *BUCKET, "PublicAccessBlockConfiguration", "BlockPublicAcls")),
    (bucket.takes_tls_only, drop("DataBucketPolicy")),
    (bucket.forgets_only_what_passes, lifecycle(ExpirationInDays=9)),
    (bucket.marks_outlive_receipts, lifecycle(Prefix="landed/", ExpirationInDays=9)),
    (bucket.forgets_names_that_nobody_takes, lifecycle(Prefix="landed/parts/", ExpirationInDays=9)),
    (functions.run_on_arm_from_a_binary, put(["x86_64"], "Plan", "Properties", "Architectures")),
    (functions.are_all_there, rewrite("cli/src/pipeline/mod.rs", '"load-dims", "maintain"]', '"load-dims", "vacuum"]')),
    (functions.have_limits, drop("Clean", "Properties", "Timeout")),
    (functions.write_to_log_groups_of_ours, drop("PlanLogs", "Properties", "RetentionInDays")),
    (functions.write_to_log_groups_of_ours, drop("Plan", "Properties", "LoggingConfig")),
    (delivery.every_edge_has_a_dead_letter_queue,
     drop("FactsOnArrival", "Properties", "Targets", 0, "DeadLetterConfig")),
    (delivery.every_edge_has_a_dead_letter_queue, drop("HourlyFacts", "Properties", "Target", "DeadLetterConfig")),
    (delivery.every_edge_has_a_dead_letter_queue, drop("ExtractEventInvokeConfig", "Properties", "DestinationConfig")),
    (delivery.every_edge_has_a_dead_letter_queue, queue_in_front),
    (delivery.dead_letters_wait, drop("UndeliveredQueue", "Properties", "MessageRetentionPeriod")),
    (delivery.senders_may_write_dead_letters, drop("QueuesPolicy")),
    (delivery.queues_are_private, drop("UndeliveredQueue", "Properties", "SqsManagedSseEnabled")),
    (delivery.queues_are_private, drop("Alerts", "Properties", "KmsMasterKeyId")),
    (delivery.messages_stay_hidden_while_they_are_worked_at, queue_in_front),
    (environment.sets_what_is_read, variable("ESTRELLA_BUCKET")),
    (environment.sets_what_is_read,
     drop("Maintain", "Properties", "Environment", "Variables", "ESTRELLA_KEEP_SNAPSHOT_DAYS")),
    (environment.sets_what_is_read,
     rewrite("shared/runtime/src/settings.rs", 'required("ESTRELLA_BUCKET")', 'required("ESTRELLA_LAKE")')),
    (environment.sets_what_is_read, drop(*DIMS_VARIABLES, "ESTRELLA_PII_SECRET_ARN")),
    (environment.sets_what_is_read, drop(*DIMS_VARIABLES, "ESTRELLA_MAX_SHRINK_PERCENT")),
    (environment.sets_only_what_is_read, rewrite(PERSONAL, "config.token_key", "token_key()")),
    (environment.sets_only_what_is_read, variable("ESTRELLA_TOPIC_ARN", "x")),
    (environment.sets_only_what_is_read, variable("DEBUG", "x")),
    (policies.name_every_action, allow("PlanRole", "s3:*", "${DataBucket.Arn}/landed/*")),
    (policies.name_every_resource, allow("PlanRole", "s3:GetObject", "*")),
    (policies.name_every_resource, allow("PlanRole", "s3:GetObject", objects("/*"))),
    (policies.name_every_resource, allow("PlanRole", "sqs:SendMessage", "arn:aws:sqs:*:123456789012:x")),
    (policies.allow_whom_they_mean, no_root_on_key),
    (policies.allow_whom_they_mean,
     drop("StarterRole", "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Condition")),
    (policies.allow_what_the_code_does, allow("PlanRole", "s3:DeleteObject", objects("/landed/*"))),
    (policies.allow_what_the_code_does, forbid("PlanRole", "s3:PutObject")),
    (policies.allow_what_the_code_does, forbid("ExtractRole", "sns:Publish")),
    (policies.allow_what_the_code_does, forbid("LoadDimsRole", "secretsmanager:GetSecretValue")),
    (policies.allow_what_the_code_does, rewrite(PERSONAL, "config.token_key", "token_key()")),
    (policies.know_every_call, rewrite("shared/aws/src/secrets.rs", ".get_secret_value()", ".describe_secret()")),
    (policies.know_every_call, rewrite("shared/aws/src/sns.rs", ".publish()", ".publish_batch()")),
    (policies.open_only_their_tables,
     allow("PlanRole", "glue:GetTable", {"Fn::Sub": f"{CATALOG}table/estrella_${{Environment}}_ops/runs"})),
    (policies.open_only_their_tables, forbid("LoadDimsRole", "glue:UpdateTable")),
    # Those of the shop alone; a mapping may have more.
    (policies.open_only_their_tables, narrow("LoadDimsRole", "_changes/*", "_changes/users")),
    (policies.open_only_their_tables, narrow("LoadDimsRole", "_restricted/*_pii", "_restricted/*")),
    (policies.open_only_their_tables, narrow("LoadDimsRole", "_model/dim_*", "_model/dim_users")),
    (policies.open_only_their_tables, rewrite("functions/load-dims/src/other.rs", "tables.dimension", "dimension()")),
    (policies.open_only_their_tables, forbid("ExtractRole", "glue:GetTable")),
    (policies.open_only_their_tables, rewrite("functions/extract/src/lib.rs", "forgotten_users(&deps)", "nobody()")),
    (policies.open_only_their_tables,
     allow("ExtractRole", "glue:CreateTable", {"Fn::Sub": f"{CATALOG}table/estrella_${{Environment}}_restricted/forgotten_users"})),
    (policies.read_the_mapping_if_they_ask_for_it, allow("PlanRole", "s3:GetObject", objects("/config/*"))),
    (policies.read_the_mapping_if_they_ask_for_it, narrow("MaintainRole", "config/tables.json", "config/x")),
    (policies.read_the_mapping_if_they_ask_for_it, narrow("CheckQualityRole", "config/tables.json", "config/x")),
    (policies.read_the_mapping_if_they_ask_for_it, rewrite("functions/extract/src/lib.rs", "mapping(deps)", "shop()")),
    (policies.read_the_mapping_if_they_ask_for_it,
     rewrite("functions/check-quality/src/references.rs", "mapping(deps)", "shop()")),
    (policies.open_only_their_tables,
     rewrite("functions/plan/src/lib.rs", "lake.table(&CLEAN_EVENTS)", "lake.table(&RUNS)")),
    (policies.read_what_they_may_write, forbid("CleanRole", "s3:GetObject")),
    (policies.reach_the_documents_they_name,
     rewrite("shared/contracts/src/keys.rs", "landed/stages/judged/", "landed/stages/verdicts/")),
    (policies.write_only_their_tables, allow("PlanRole", "s3:PutObject", objects("/clean/*"))),
    (policies.write_only_their_tables, forbid("LoadFactsRole", "s3:PutObject")),
    (policies.write_only_their_tables, narrow("LoadDimsRole", "/restricted/*_pii/*", "/restricted/*")),
    (policies.write_only_their_tables, narrow("LoadDimsRole", "/changes/*", "/changes/users/*")),
    (policies.write_only_their_tables, allow("CleanRole", "s3:PutObject", objects("/restricted/*/metadata/*"))),
    (policies.write_only_their_tables, allow("PlanRole", "s3:PutObject", objects("/raw/*"))),
    (policies.remove_only_what_is_done_with, allow("LoadFactsRole", "s3:DeleteObject", objects("/raw/*"))),
    (policies.remove_only_what_is_done_with, allow("LoadDimsRole", "s3:DeleteObject", objects("/landed/receipts/*"))),
    (policies.reach_the_documents_they_name, narrow("ExtractRole", "landed/changes/", "landed/parts/")),
    (policies.give_others_only_what_they_need, allow("StarterRole", "states:StopExecution", {"Ref": "FactsMachine"})),
    (machines.go_in_the_order_of_the_stages, rewrite("cli/src/pipeline/mod.rs", '"plan", "clean"', '"clean", "plan"')),
    (machines.go_in_the_order_of_the_stages, state("facts", "Clean", Resource="arn:aws:states:::sns:publish")),
    (machines.name_errors_that_exist, rewrite(ERRORS, '"Throttled"', '"SlowDown"')),
    (machines.name_errors_that_exist, state("dims", "Maintain", Retry=[{"ErrorEquals": ["Lambda.Unknwon"], **RETRY}])),
    (machines.retry_what_may_pass, state("dims", "Maintain", Retry=[{"ErrorEquals": ["InvalidInput"], **RETRY}])),
    (machines.retry_what_may_pass,
     state("facts", "LoadFacts", Retry=[{"ErrorEquals": ["Conflict"], "MaxAttempts": 2}])),
    (machines.tell_of_failures, state("facts", "LoadFacts", Catch=None)),
    (machines.tell_of_failures, state("facts", "PublishFailure", Next="Done")),
    (machines.tell_of_failures, state("facts", "PublishLateFailure", Next="Done")),
    (machines.tell_whether_rows_are_loaded, state("facts", "DetectDrift", Catch=caught_by("PublishFailure"))),
    (machines.tell_whether_rows_are_loaded, state("facts", "PublishResult", Catch=caught_by("PublishFailure"))),
    (machines.tell_whether_rows_are_loaded, state("facts", "LoadFacts", Catch=caught_by("PublishLateFailure"))),
    (machines.end, state("facts", "Clean", TimeoutSeconds=60)),
    (machines.end, state("facts", "PublishResult", TimeoutSeconds=None)),
    (machines.resolve, drop("FactsMachine", "Properties", "DefinitionSubstitutions", "TopicArn")),
    (machines.may_do_what_they_do,
     allow("FactsMachineRole", "sqs:SendMessage", {"Fn::GetAtt": ["UndeliveredQueue", "Arn"]})),
    (machines.may_do_what_they_do, forbid("WindowMachineRole", "states:StartExecution")),
    (machines.may_do_what_they_do, allow("DimsMachineRole", "lambda:InvokeFunction", {"Fn::GetAtt": ["Plan", "Arn"]})),
    (machines.are_logged_and_traced, drop("FactsMachine", "Properties", "TracingConfiguration")),
    (machines.are_logged_and_traced, put("EXPRESS", "WindowMachine", "Properties", "StateMachineType")),
    (machines.may_do_what_they_do, forbid("BackfillMachineRole", "states:RedriveExecution")),
    (machines.may_do_what_they_do, forbid("BackfillMachineRole", "events:PutRule")),
    (machines.may_do_what_they_do, forbid("BackfillMachineRole", "s3:ListBucket")),
    (machines.may_do_what_they_do, forbid("BackfillMachineRole", "s3:AbortMultipartUpload")),
    (machines.may_do_what_they_do, forbid("BackfillMachineRole", "states:DescribeMapRun")),
    (machines.may_do_what_they_do, forbid("BackfillMachineRole", "s3:ListBucketVersions")),
    (machines.may_do_what_they_do, allow("BackfillMachineRole", "s3:DeleteObject", objects("/landed/backfill/*"))),
    (policies.name_every_resource, allow("BackfillMachineRole", "states:StopExecution", {"Fn::Sub": f"{STATES}execution:*"})),
    (backfill.takes_as_much_as_parameters_say, state("backfill", "Objects", MaxConcurrencyPath=None)),
    (backfill.takes_as_much_as_parameters_say, state("backfill", "Objects", ToleratedFailurePercentagePath="$.settings.x")),
    (backfill.takes_as_much_as_parameters_say,
     put("40", "BackfillMachine", "Properties", "DefinitionSubstitutions", "MaxConcurrency")),
    (backfill.sees_only_names_of_raw_objects,
     allow("BackfillMachineRole", "s3:ListBucket", {"Fn::GetAtt": ["DataBucket", "Arn"]})),
    (backfill.sees_only_names_of_raw_objects, allow("BackfillMachineRole", "s3:GetObject", objects("/raw/*"))),
    (backfill.tells_of_objects_as_they_arrive, told_by_etag),
    (backfill.writes_results_where_they_expire, state("backfill", "Objects", ResultWriter=None)),
    (backfill.writes_results_where_they_expire, lifecycle(Id="Stages", Prefix="landed/stages/", ExpirationInDays=30)),
    (backfill.writes_results_where_they_expire, narrow("BackfillMachineRole", "landed/backfill/", "landed/parts/")),
    (backfill.starts_and_stops_what_it_waits_for, state("backfill", "Objects", Label="Files")),
    (backfill.starts_and_stops_what_it_waits_for, narrow("BackfillMachineRole", "-dims:", "-window:")),
    (backfill.starts_and_stops_what_it_waits_for, put("backfill", "BackfillMachine", "Properties", "StateMachineName")),
    (backfill.starts_and_stops_what_it_waits_for, narrow("BackfillMachineRole", "rule/StepFunctions", "rule/x")),
    (backfill.starts_and_stops_what_it_waits_for, state("backfill", "LoadFacts", TimeoutSeconds=10800)),
    (backfill.loads_what_it_has_extracted, state("backfill", "StillPending", Default="Done")),
    (backfill.loads_what_it_has_extracted, state("backfill", "AllExtracted", Default="Done")),
    (starting.take_only_new_objects_of_the_bucket, other_prefix),
    (starting.take_only_new_objects_of_the_bucket, drop("FactsOnArrival", "Properties", "EventPattern", "detail-type")),
    (starting.lead_to_the_right_function, drop("FactsOnArrival", "Condition")),
    (starting.name_the_window, other_cron),
    (starting.name_the_window, put('{"name_prefix": "facts"}', "HourlyFacts", "Properties", "Target", "Input")),
    (observing.alarms_reach_somebody, drop("BlockedAlarm", "Properties", "AlarmActions")),
    (observing.alarms_are_there, drop("UndeliveredAlarm")),
    (observing.alarms_are_there, drop("FreshnessAlarm")),
    (observing.metrics_are_written, misspelt_metric),
    (observing.metrics_are_written, rewrite("shared/runtime/src/lambda/metrics.rs", '("bytes", ', '("octets", ')),
    (observing.queries_name_tables_and_columns, query('SELECT started FROM "estrella_${Environment}_ops".runs')),
    (observing.queries_name_tables_and_columns, query('SELECT status FROM "estrella_${Environment}_ops".run')),
    (observing.views_are_of_the_code, drop("DimUsersCurrentView")),
    (observing.views_are_of_the_code, put("/* Presto View */", *VIEW, "ViewOriginalText")),
    (observing.views_are_of_the_code, put("int", *VIEW, "StorageDescriptor", "Columns", 0, "Type")),
    (observing.views_are_of_the_code,
     rewrite("shared/core/src/schema/model.rs", 'required("session_count", Long', 'required("visit_count", Long')),
    # A column that several tables share.
    (observing.views_are_of_the_code, rewrite("shared/core/src/schema/model.rs", '"valid_to"', '"valid_until"')),
    (replication.is_off_unless_it_is_wanted, drop("Replication", "Condition")),
    (replication.is_off_unless_it_is_wanted, drop("ReplicationTargetRole", "Condition")),
    (replication.is_off_unless_it_is_wanted, drop("ReplicationSourceRole", "Condition")),
    (replication.is_off_unless_it_is_wanted, parameter("SourceDatabaseSecretArn", "arn:aws:secretsmanager:x")),
    (replication.is_off_unless_it_is_wanted, condition("Replicated", {"Fn::Equals": ["", ""]})),
    (replication.takes_every_table, without("sessions")),
    (replication.takes_every_table, only_expensive_products),
    (replication.takes_every_change, put(True, *S3, "CdcInsertsOnly")),
    (replication.takes_every_change, put(True, *S3, "CdcInsertsAndUpdates")),
    (replication.takes_every_change, put(True, *SETTINGS, "TargetMetadata", "BatchApplyEnabled")),
    (replication.takes_every_change, drop(*SETTINGS, "TargetMetadata", "SupportLobs")),
    (replication.takes_every_change, put("DROP_AND_CREATE", *SETTINGS, "FullLoadSettings", "TargetTablePrepMode")),
    (replication.takes_every_change, put("IGNORE_RECORD", *SETTINGS, "ErrorBehavior", "ApplyErrorDeletePolicy")),
    (replication.takes_every_change, drop(*SETTINGS, "ErrorBehavior", "DataErrorPolicy")),
    (replication.takes_every_change,
     put(True, *SETTINGS, "ChangeProcessingDdlHandlingPolicy", "HandleSourceTableTruncated")),
    (replication.takes_every_change, put("full-load", "Replication", "Properties", "ReplicationType")),
    (replication.takes_every_change, drop(*POSTGRES, "FailTasksOnLobTruncation")),
    (replication.orders_changes, without("%")),
    (replication.orders_changes, put("1", "Replication", "Properties", "TableMappings", "rules", 6, "rule-id")),
    (replication.orders_changes, drop(*S3, "UseTaskStartTimeForFullLoadTimestamp")),
    (replication.writes_what_extract_reads, put("dms", *S3, "BucketFolder")),
    (replication.writes_what_extract_reads, put(False, *S3, "AddColumnName")),
    (replication.writes_what_extract_reads, put(True, *SETTINGS, "ControlTablesSettings", "StatusTableEnabled")),
    (replication.is_encrypted_on_its_way, drop(*S3, "EncryptionMode")),
    (replication.is_encrypted_on_its_way, put("none", "ReplicationSource", "Properties", "SslMode")),
    (replication.is_encrypted_on_its_way, put("secret", "ReplicationSource", "Properties", "Password")),
    (replication.is_encrypted_on_its_way, put("x", *POSTGRES, "SecretsManagerSecretId")),
    (replication.does_not_fill_the_database, put(False, *POSTGRES, "HeartbeatEnable")),
    (replication.does_not_fill_the_database, drop("SourceLogsAlarm")),
    (privacy.restricted_is_read_by_few, allow("PlanRole", "s3:GetObject", objects("/restricted/*"))),
    (privacy.restricted_is_read_by_few, allow("CleanRole", "s3:GetObject", objects("/restricted/users_pii/*"))),
    (privacy.restricted_is_read_by_few, allow("CleanRole", "s3:GetObject", objects("/landed/*"))),
    (privacy.restricted_is_read_by_few, allow("PlanRole", "s3:GetObjectVersion", objects("/landed/changes/*"))),
    (privacy.restricted_is_read_by_few, narrow("LoadDimsRole", "landed/changes/", "landed/parts/")),
    (privacy.restricted_is_read_by_few, allow("MaintainRole", "s3:GetObject", objects("/restricted/*/data/*"))),
    (privacy.restricted_is_read_by_few, allow("StarterRole", "s3:GetObjectVersion", objects("/*"))),
    (privacy.restricted_is_read_by_few, allow("ExtractRole", "glue:GetTable",
     {"Fn::Sub": f"{CATALOG}table/estrella_${{Environment}}_restricted/users_pii"})),
    (privacy.restricted_is_read_by_few, forbid("LoadDimsRole", "s3:GetObject")),
    (privacy.restricted_is_read_by_few, query('SELECT name FROM "estrella_${Environment}_restricted".users_pii')),
    (privacy.restricted_is_read_by_few, put({"Ref": "RestrictedDatabase"}, "DimUsersCurrentView", "Properties",
     "DatabaseName")),
    (privacy.names_are_closed_to_the_rest, drop_statement("RestrictedIsForFew")),
    (privacy.names_are_closed_to_the_rest, drop_statement("RawUsersAreForFew")),
    (privacy.names_are_closed_to_the_rest, drop_statement("LandedChangesAreForFew")),
    (privacy.names_are_closed_to_the_rest, let_in("PlanRole")),
    (privacy.names_are_closed_to_the_rest, let_in("CleanRole", "LandedChangesAreForFew")),
    (privacy.names_are_closed_to_the_rest,
     put(objects("/restricted/users_pii/*"), "DataBucketPolicy", "Properties", "PolicyDocument", "Statement", 1,
         "Resource")),
    (privacy.names_are_closed_to_the_rest, parameter("RestrictedReaderArn", "arn:aws:iam::123456789012:root")),
    (privacy.key_of_tokens_is_for_load_dims,
     allow("MaintainRole", "secretsmanager:GetSecretValue", {"Fn::GetAtt": ["PiiKey", "Id"]})),
    (privacy.key_of_tokens_is_for_load_dims,
     allow("LoadDimsRole", "secretsmanager:PutSecretValue", {"Fn::GetAtt": ["PiiKey", "Id"]})),
    (privacy.key_of_tokens_is_for_load_dims, told_everybody),
    (privacy.key_of_tokens_is_kept, drop("PiiKey", "DeletionPolicy")),
    (privacy.key_of_tokens_is_kept, drop(*KEY, "KmsKeyId")),
    (privacy.key_of_tokens_is_kept, put("0123", *KEY, "SecretString")),
    (privacy.key_of_tokens_is_kept, put(8, *KEY, "GenerateSecretString", "PasswordLength")),
    (privacy.raw_is_kept_as_long_as_said, raw_expires(ExpirationInDays=9)),
    (privacy.raw_is_kept_as_long_as_said, parameter("RawRetentionDays", 30)),
    (privacy.raw_is_kept_as_long_as_said, condition("RawExpires", {"Fn::Equals": ["", ""]})),
    (bucket.forgets_only_what_passes, raw_expires(ExpirationInDays=9)),
    (policies.allow_whom_they_mean,
     drop("ReplicationTargetRole", "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Condition")),
    (policies.allow_whom_they_mean,
     drop("ReplicationSourceRole", "Properties", "AssumeRolePolicyDocument", "Statement", 0, "Condition")),
    (policies.give_others_only_what_they_need, allow("ReplicationTargetRole", "s3:PutObject", objects("/model/*"))),
    (policies.give_others_only_what_they_need, allow("ReplicationTargetRole", "s3:GetObject", objects("/raw/dms/*"))),
    (machines.tell_what_gates_hold, state("dims", "GatesHeld", Choices=[])),
    (machines.tell_what_gates_hold, state("dims", "PublishHeld", Next="Done")),
    (machines.tell_what_gates_hold, rewrite(DIMS_STAGE, 'answer["gates_held"]', 'answer["held"]')),
    (machines.tell_what_gates_hold, rewrite(DIMS_STAGE, 'answer["alert"]', 'answer["message"]')),
    (machines.tell_what_gates_hold, rewrite("shared/lake/src/ports.rs", "pub body: String", "pub text: String")),
    (machines.tell_what_gates_hold, state("dims", "LoadDims", Parameters={"FunctionName": "${LoadDimsArn}"})),
    (observing.queries_cost_a_limited_sum,
     drop("Workgroup", "Properties", "WorkGroupConfiguration", "BytesScannedCutoffPerQuery")),
]


@pytest.mark.parametrize("rule, spoil", SPOILT, ids=[f"{n}-{rule.__name__}" for n, (rule, _) in enumerate(SPOILT)])
def test_sees(rule, spoil, stack, code):
    before = set(rule(stack, code))
    after = set(rule(*spoil(stack.copy(), code)))
    assert after - before


def test_no_rule_is_left_out():
    assert {rule for rule, _ in SPOILT} == set(RULES)
