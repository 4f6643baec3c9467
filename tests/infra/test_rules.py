"""The rules hold for the stack as it is."""

import pytest

from rules import RULES


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: f"{rule.__module__.split('.')[-1]}-{rule.__name__}")
def test_holds(rule, stack, code):
    broken = list(rule(stack, code))
    assert not broken, "\n".join(["", *broken])
