"""The template as it is in infra/, expanded by SAM's own transform."""

import copy
import json
import os
from pathlib import Path

from samtranslator.translator.transform import transform
from samtranslator.yaml_helper import yaml_parse

INFRA = Path(__file__).parents[2] / "infra"
FUNCTIONS = ["extract", "plan", "clean", "check-quality", "load-facts", "detect-drift", "load-dims", "maintain"]
MACHINES = ["facts", "dims", "window", "backfill"]


def source() -> dict:
    """The template as it is written."""
    return yaml_parse((INFRA / "template.yaml").read_text())


def machine(name: str) -> dict:
    """The definition of a state machine, with its substitutions still in it."""
    return json.loads((INFRA / f"{name}.asl.json").read_text())


def packaged(bucket: str) -> dict:
    """What `sam package` makes of it: code in a bucket, under the names of the functions, and definitions inline."""
    template = source()
    for resource in template["Resources"].values():
        properties = resource.get("Properties", {})
        if resource["Type"] == "AWS::Serverless::Function":
            name = Path(properties["CodeUri"]).name
            properties["CodeUri"] = {"Bucket": bucket, "Key": f"{name}.zip"}
        elif resource["Type"] == "AWS::Serverless::StateMachine":
            properties["Definition"] = machine(properties.pop("DefinitionUri").removesuffix(".asl.json"))
    return template


def expanded(bucket: str = "code-of-the-stack") -> dict:
    """Plain CloudFormation."""

    class NoManagedPolicies:
        """The template names none of SAM's policy templates, whose list comes from IAM."""

        def load(self) -> dict:
            return {}

    os.environ.setdefault("AWS_DEFAULT_REGION", "us-east-1")
    return transform(copy.deepcopy(packaged(bucket)), {}, NoManagedPolicies())
