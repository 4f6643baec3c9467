"""Runs a command where it may mount and nobody else sees it: in_namespace.py COMMAND.. It goes without where it may not."""

import os
import subprocess
import sys

# As root in a namespace of its own; else with a user's namespace around it, in which the user is root.
WAYS = (["unshare", "--mount"], ["unshare", "--mount", "--map-root-user"])
PROBE = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", "/mnt"]


def ends_well(command: list[str]) -> bool:
    try:
        return subprocess.run(command, capture_output=True).returncode == 0
    except FileNotFoundError:
        return False


way = next((way for way in WAYS if ends_well([*way, *PROBE])), None)
environment = os.environ | ({"ESTRELLA_MAY_MOUNT": "1"} if way else {})
sys.exit(subprocess.run([*(way or []), *sys.argv[1:]], env=environment).returncode)
