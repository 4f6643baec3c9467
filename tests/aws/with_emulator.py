"""Runs a command with the emulator up and the environment that leads to it: with_emulator.py COMMAND.."""

import os
import subprocess
import sys

from emulator import Emulator

with Emulator() as aws:
    ended = subprocess.run(sys.argv[1:], env=os.environ | aws.environment)
sys.exit(ended.returncode)
