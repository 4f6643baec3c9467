"""What others' linters say of the template, as it is written and as it is deployed."""

import json
import re

import pytest

import tools
from stack import LOGICAL
from template import INFRA, MACHINES

TEMPLATE = INFRA / "template.yaml"

# Checkov's checks that are not followed, with the resources and the reason. What fails no more has to go from here.
NOT_FOLLOWED = {
    "CKV_AWS_27": (
        {"UndeliveredQueue", "FailedExtractsQueue"},
        "encrypted by SQS's own key: Checkov knows of keys of the account only, and dead letters hold names of objects",
    ),
    "CKV_AWS_115": (
        set(LOGICAL.values()),
        "no reserved concurrency: it is taken from the account's other functions, and the machines limit the stages",
    ),
    "CKV_AWS_116": (
        set(LOGICAL.values()),
        "Step Functions calls all but extract, and catches; what extract fails at goes to a queue as its destination",
    ),
    "CKV_AWS_117": (
        set(LOGICAL.values()),
        "no VPC: the functions talk to S3, Glue, SNS, Secrets Manager and CloudWatch only, and would need an endpoint for each",
    ),
    "CKV_AWS_173": (
        set(LOGICAL.values()),
        "the variables are names, not secrets, and are encrypted by Lambda's own key",
    ),
}


def test_sam_takes_the_template():
    code, said = tools.sam_validate(TEMPLATE)
    assert code == 0, said


def test_sam_sees_what_is_wrong(tmp_path):
    spoilt = TEMPLATE.read_text().replace("!Ref DataBucket", "!Ref DateBucket")
    (tmp_path / "template.yaml").write_text(spoilt)
    code, said = tools.sam_validate(tmp_path / "template.yaml")
    assert code != 0 and "DateBucket" in said


def test_cfn_lint_finds_nothing(stack, tmp_path):
    assert not tools.cfn_lint(TEMPLATE, tmp_path)
    assert not tools.cfn_lint(stack.template, tmp_path)


def spoil_action(stack):
    stack.properties("PlanRole")["Policies"][0]["PolicyDocument"]["Statement"][0]["Action"] = "s3:GetObjetc"


def spoil_reference(stack):
    stack.properties("PlanRole")["Policies"][0]["PolicyDocument"]["Statement"][0]["Resource"] = {"Ref": "Nothing"}


def spoil_property(stack):
    stack.properties("Plan")["Memory"] = 1


SPOILT = [(spoil_action, "W3037"), (spoil_reference, "E1020"), (spoil_property, "E3002")]


@pytest.mark.parametrize("spoil, rule", SPOILT, ids=[rule for _, rule in SPOILT])
def test_cfn_lint_sees_what_is_wrong(spoil, rule, stack, tmp_path):
    """In the expanded template, that is: in SAM's own notation some of it is passed over."""
    spoilt = stack.copy()
    spoil(spoilt)
    assert any(finding.startswith(rule) for finding in tools.cfn_lint(spoilt.template, tmp_path))


def test_checkov_finds_only_what_is_not_followed(stack, tmp_path):
    failed, passed = tools.checkov(stack.template, tmp_path)
    expected = {(check, name) for check, (names, _) in NOT_FOLLOWED.items() for name in names}
    assert failed == expected
    # An empty report is no good report.
    assert passed > 100


def test_checkov_sees_what_is_wrong(stack, tmp_path):
    spoilt = stack.copy()
    del spoilt.properties("DataBucket")["VersioningConfiguration"]
    failed, _ = tools.checkov(spoilt.template, tmp_path)
    assert ("CKV_AWS_21", "DataBucket") in failed


def test_suppressions_in_the_template_say_why(stack):
    for name, resource in stack.resources.items():
        for skip in resource.get("Metadata", {}).get("checkov", {}).get("skip", []):
            assert len(skip.get("comment", "")) > 20, f"{name} skips {skip['id']}"


def resolved(definition: dict) -> str:
    """With its substitutions, as Step Functions gets it."""
    arn = "arn:aws:lambda:us-east-1:123456789012:function:estrella-dev-x"
    text = json.dumps(definition).replace("${TopicArn}", "arn:aws:sns:us-east-1:123456789012:x")
    text = re.sub(r"\$\{\w+Arn\}", arn, text).replace("${Environment}", "dev").replace("${Bucket}", "estrella-dev-x")
    text = re.sub(r"\$\{(MaxConcurrency|ToleratedFailurePercent)\}", "7", text)
    assert "${" not in text, re.findall(r"\$\{\w+\}", text)
    return text


@pytest.mark.parametrize("name", MACHINES)
def test_asl_validator_finds_nothing(name, stack, tmp_path):
    code, said = tools.asl_validator(resolved(stack.machines[name]), tmp_path)
    assert code == 0, said


@pytest.mark.parametrize("old, new", [
    ('"Next": "LoadFacts"', '"Next": "Nowhere"'),
    ('"BackoffRate": 2', '"BackoffRate": "twice"'),
    ('"$.plan.batches"', '"plan.batches"'),
    ('"Type": "Map"', '"Type": "Maps"'),
])
def test_asl_validator_sees_what_is_wrong(old, new, stack, tmp_path):
    """Things that the emulator takes."""
    text = resolved(stack.machines["facts"])
    assert old in text
    code, said = tools.asl_validator(text.replace(old, new), tmp_path)
    assert code != 0, said


@pytest.mark.parametrize("old, new", [
    ('"Mode": "DISTRIBUTED"', '"Mode": "SPREAD"'),
    ('"MaxConcurrencyPath": "$.', '"MaxConcurrencyPath": "'),
    ('"Default": "OutOfRange"', '"Default": "LoadFacts"'),
])
def test_asl_validator_sees_what_is_wrong_in_a_map_of_executions(old, new, stack, tmp_path):
    text = resolved(stack.machines["backfill"])
    assert old in text
    code, said = tools.asl_validator(text.replace(old, new), tmp_path)
    assert code != 0, said
