"""The stack and the code, read once."""

import sys
from pathlib import Path

import pytest

HERE = Path(__file__).resolve().parent
# The expanded template is that of the tests on the emulator.
sys.path[:0] = [str(HERE), str(HERE.parent / "aws")]

from rust import Code
from stack import Stack


@pytest.fixture(scope="session")
def stack() -> Stack:
    return Stack()


@pytest.fixture(scope="session")
def code() -> Code:
    return Code()
