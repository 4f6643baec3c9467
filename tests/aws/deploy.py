"""Deploys the real template with the real binaries into the emulator."""

import io
import json
import os
import time
import zipfile
from pathlib import Path

from emulator import Emulator
from template import FUNCTIONS, expanded

CODE = "code-of-the-stack"
# The emulator knows no such resource. The static checks look at what they say.
UNKNOWN = {
    "AWS::Athena::NamedQuery", "AWS::DMS::Endpoint", "AWS::DMS::ReplicationConfig", "AWS::DMS::ReplicationSubnetGroup"
}
# The emulator is spoken to without TLS, over loopback, and it honours what forbids that. It knows no aws:PrincipalArn,
# and would forbid what is restricted to everybody.
FORBIDDEN = {"OnlyTls", "RestrictedIsForFew", "RawUsersAreForFew", "LandedChangesAreForFew"}


def binaries() -> Path:
    """Where `make native` has put the functions of this machine."""
    return Path(os.environ["ESTRELLA_BIN"]).parent


class Stack:
    """A deployed stack."""

    def __init__(self, aws: Emulator, name: str, outputs: dict[str, str]) -> None:
        self.aws, self.name = aws, name
        self.bucket = outputs["BucketName"]
        self.prefix = outputs["DatabasePrefix"]
        self.topic = outputs["AlertsTopicArn"]
        self.facts = outputs["FactsMachineArn"]
        self.dims = outputs["DimsMachineArn"]
        self.window = outputs["WindowMachineArn"]
        self.backfill = outputs["BackfillMachineArn"]


def upload(aws: Emulator) -> None:
    """The functions as zips, each a `bootstrap`."""
    s3 = aws.client("s3")
    s3.create_bucket(Bucket=CODE)
    for name in FUNCTIONS:
        s3.put_object(Bucket=CODE, Key=f"{name}.zip", Body=zipped((binaries() / name).read_bytes()))


def zipped(bootstrap: str | bytes) -> bytes:
    """The code of a function, as it is uploaded."""
    body = io.BytesIO()
    # Stored as it is: it goes to a process on this machine.
    with zipfile.ZipFile(body, "w", zipfile.ZIP_STORED) as archive:
        entry = zipfile.ZipInfo("bootstrap")
        entry.external_attr = 0o755 << 16
        archive.writestr(entry, bootstrap)
    return body.getvalue()


def deploy(aws: Emulator, environment: str, **parameters: str) -> Stack:
    """Deploys a stack and waits for it."""
    # The emulator names this error as the API does, not as the integration of Step Functions does.
    text = json.dumps(expanded(CODE)).replace("StepFunctions.ExecutionAlreadyExistsException", "ExecutionAlreadyExists")
    template = json.loads(text)
    del template["Outputs"]["ReplicationArn"]
    for name, resource in list(template["Resources"].items()):
        if resource["Type"] in UNKNOWN:
            del template["Resources"][name]
        if policy := resource["Properties"].get("PolicyDocument"):
            policy["Statement"] = [s for s in policy["Statement"] if s.get("Sid") not in FORBIDDEN]
            if not policy["Statement"]:
                del template["Resources"][name]
        if resource["Type"] == "AWS::Lambda::Function":
            # The functions are processes of this machine.
            resource["Properties"]["Architectures"] = ["x86_64"]
            # Not part of the template: on AWS the SDK finds its endpoints by itself.
            # Its credentials are those of its role.
            resource["Properties"]["Environment"]["Variables"]["AWS_ENDPOINT_URL"] = aws.endpoint
    cloudformation = aws.client("cloudformation")
    name = f"estrella-{environment}"
    parameters = {"Environment": environment, **parameters}
    # Too large to send along; the SAM CLI uploads it too.
    aws.client("s3").put_object(Bucket=CODE, Key=f"{name}.json", Body=json.dumps(template).encode())
    cloudformation.create_stack(
        StackName=name,
        TemplateURL=f"{aws.endpoint}/{CODE}/{name}.json",
        Capabilities=["CAPABILITY_NAMED_IAM", "CAPABILITY_AUTO_EXPAND"],
        Parameters=[{"ParameterKey": k, "ParameterValue": v} for k, v in parameters.items()],
    )
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        stack = cloudformation.describe_stacks(StackName=name)["Stacks"][0]
        if stack["StackStatus"] == "CREATE_COMPLETE":
            outputs = {output["OutputKey"]: output["OutputValue"] for output in stack["Outputs"]}
            return Stack(aws, name, outputs)
        if "FAILED" in stack["StackStatus"] or "ROLLBACK" in stack["StackStatus"]:
            events = cloudformation.describe_stack_events(StackName=name)["StackEvents"]
            reasons = [e for e in events if "FAILED" in e["ResourceStatus"]]
            lines = [f"{e['LogicalResourceId']}: {e.get('ResourceStatusReason')}" for e in reasons]
            raise RuntimeError("the stack does not deploy:\n" + "\n".join(lines))
        time.sleep(0.5)
    raise RuntimeError("the stack takes longer than two minutes")
