"""Linters that are programs of their own."""

import json
import os
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
REGION = "us-east-1"
# Nothing here talks to AWS, nor to those who would like to know how their tools are used.
QUIET = {"SAM_CLI_TELEMETRY": "0", "AWS_DEFAULT_REGION": REGION, "AWS_EC2_METADATA_DISABLED": "true"}


def program(variable: str, name: str) -> str:
    """A program that the Makefile installs and names by a variable, or one on the path."""
    found = os.environ.get(variable) or shutil.which(name)
    if not found or not Path(found).is_file():
        missing(f"{name} is not there: `make validate` installs it and names it in {variable}")
    return found


def missing(what: str) -> None:
    """A machine at hand may lack a tool. In CI, what cannot be checked has failed."""
    (pytest.fail if os.environ.get("CI") else pytest.skip)(what)


@cache
def asl_validator_program() -> Path:
    """Installs what the lock file pins, once per lock file."""
    if not shutil.which("npm"):
        missing("npm is not there: it installs asl-validator, which looks at the state machines")
    folder = Path(os.environ.get("CACHE", Path.home() / ".cache" / "estrella")) / "asl-validator"
    lock, installed = HERE / "asl" / "package-lock.json", folder / "installed.json"
    if not installed.is_file() or installed.read_bytes() != lock.read_bytes():
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json"):
            shutil.copy(HERE / "asl" / name, folder)
        subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
        shutil.copy(lock, installed)
    return folder / "node_modules" / ".bin" / "asl-validator"


def run(*command: str | Path) -> tuple[int, str, str]:
    """Exit code and output."""
    done = subprocess.run(list(map(str, command)), capture_output=True, text=True, env=os.environ | QUIET, cwd=ROOT)
    return done.returncode, done.stdout, done.stderr


def cfn_lint(template: dict | Path, folder: Path) -> list[str]:
    """Findings of cfn-lint, which is a package of the tests' own environment."""
    path = template if isinstance(template, Path) else written(template, folder)
    code, out, err = run(
        Path(sys.executable).with_name("cfn-lint"), "--regions", REGION, "--format", "json", "--template", path
    )
    try:
        found = json.loads(out)
    except json.JSONDecodeError:
        pytest.fail(f"cfn-lint ended with {code}:\n{out}{err}")
    return [f"{f['Rule']['Id']} {'/'.join(map(str, f['Location']['Path'] or []))}: {f['Message']}" for f in found]


def sam_validate(template: Path) -> tuple[int, str]:
    """What `sam validate --lint` says."""
    code, out, err = run(
        program("SAM", "sam"), "validate", "--lint", "--region", REGION, "--template-file", template
    )
    return code, out + err


def checkov(template: dict, folder: Path) -> tuple[set[tuple[str, str]], int]:
    """Failed checks with the resource that fails them, and how many passed."""
    options = ["--framework", "cloudformation", "--skip-download", "--quiet", "--compact", "--output", "json"]
    code, out, err = run(program("CHECKOV", "checkov"), "--file", written(template, folder), *options)
    try:
        report = json.loads(out)
        failed, summary = report["results"]["failed_checks"], report["summary"]
    except (json.JSONDecodeError, KeyError, TypeError):
        pytest.fail(f"checkov ended with {code}:\n{out}{err}")
    assert summary["parsing_errors"] == 0
    return {(check["check_id"], check["resource"].split(".")[-1]) for check in failed}, summary["passed"]


def asl_validator(definition: dict | str, folder: Path) -> tuple[int, str]:
    """What `asl-validator` says of a state machine."""
    code, out, err = run(asl_validator_program(), "--json-path", written(definition, folder))
    return code, out + err


def written(value: dict | str, folder: Path) -> Path:
    path = folder / "checked.json"
    path.write_text(value if isinstance(value, str) else json.dumps(value, indent=1))
    return path
