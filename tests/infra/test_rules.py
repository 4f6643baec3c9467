"""The rules hold for the stack as it is."""

import pytest

from rules import RULES
from rules.ahead import AHEAD


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.__module__.split('.')[-1]}-{rule.__name__}")
def test_holds(rule, stack, code):
    broken = [line for line in rule(stack, code) if line not in AHEAD]
    assert not broken, "\n".join(["", *broken])


def test_what_is_ahead_of_the_code_still_is(stack, code):
    """A line that has served its turn would hide what breaks later."""
    assert not AHEAD - {line for rule in RULES for line in rule(stack, code)}
