"""The expanded template, and how its values read."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import deepcopy
from typing import Any

from template import FUNCTIONS, MACHINES, expanded, machine

LOGICAL = {name: "".join(word.capitalize() for word in name.split("-")) for name in FUNCTIONS}
"""Logical id of a function's resource by its name."""


class Stack:
    """The resources of the expanded template and the definitions of its state machines."""

    def __init__(self) -> None:
        self.template = expanded()
        self.machines = {name: machine(name) for name in MACHINES}

    def copy(self) -> Stack:
        """A stack that can be spoilt."""
        return deepcopy(self)

    @property
    def resources(self) -> dict[str, dict]:
        return self.template["Resources"]

    def properties(self, name: str) -> dict:
        return self.resources[name]["Properties"]

    def of(self, kind: str) -> dict[str, dict]:
        """Properties of all resources of a type, by logical id."""
        return {name: r["Properties"] for name, r in self.resources.items() if r["Type"] == f"AWS::{kind}"}

    def functions(self) -> Iterator[tuple[str, dict]]:
        """Name and properties of the functions."""
        for name in FUNCTIONS:
            yield name, self.properties(LOGICAL[name])

    def number(self, value: Any) -> float:
        """A number, or the default of the parameter that gives it."""
        if isinstance(value, dict):
            value = self.template["Parameters"][value["Ref"]]["Default"]
        return float(value)

    def statements(self, role: str) -> Iterator[dict]:
        """All that a role allows or denies, also by managed policies of this stack."""
        properties = self.properties(role)
        for policy in properties.get("Policies", []):
            yield from listed(policy["PolicyDocument"]["Statement"])
        for managed in properties.get("ManagedPolicyArns", []):
            name = text(managed).strip("${}")
            if name not in self.resources:
                raise AssertionError(f"{role} has the policy {name}, which this stack does not write itself")
            yield from listed(self.properties(name)["PolicyDocument"]["Statement"])

    def allowed(self, role: str) -> dict[str, set[str]]:
        """Resources by allowed action."""
        found: dict[str, set[str]] = {}
        for statement in self.statements(role):
            if statement["Effect"] == "Allow":
                for action in listed(statement["Action"]):
                    found.setdefault(action, set()).update(map(text, listed(statement["Resource"])))
        return found


def listed(value: Any) -> list:
    """Policies write one of a thing without its list. Of what a condition decides, all that it can come to."""
    found = []
    for item in value if isinstance(value, list) else [value]:
        choices = item["Fn::If"][1:] if isinstance(item, dict) and "Fn::If" in item else [item]
        found += [choice for choice in choices if choice != {"Ref": "AWS::NoValue"}]
    return found


def text(value: Any) -> str:
    """A value with its references in the notation of Fn::Sub; of a condition, the first branch."""
    if not isinstance(value, dict):
        return str(value)
    [(intrinsic, argument)] = value.items()
    match intrinsic:
        case "Ref":
            return f"${{{argument}}}"
        case "Fn::GetAtt":
            return "${" + (argument if isinstance(argument, str) else ".".join(argument)) + "}"
        case "Fn::Sub":
            return argument if isinstance(argument, str) else argument[0]
        case "Fn::If":
            return text(argument[1])
        case "Fn::Join":
            return argument[0].join(map(text, argument[1]))
    raise AssertionError(f"{intrinsic} is not known here")


def references(value: Any) -> set[str]:
    """Logical ids that a value refers to, at any depth."""
    if isinstance(value, dict):
        if set(value) & {"Ref", "Fn::GetAtt", "Fn::Sub"}:
            return {name.split(".")[0] for name in re.findall(r"\$\{([\w.]+)\}", text(value))}
        value = list(value.values())
    return set().union(*map(references, value)) if isinstance(value, list) else set()
