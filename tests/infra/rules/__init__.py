"""What must hold for the deployed stack. A rule yields a line for everything that breaks it."""

from rules import (
    backfill, bucket, delivery, environment, functions, machines, observing, policies, privacy, replication, starting
)

MODULES = [
    backfill, bucket, delivery, environment, functions, machines, observing, policies, privacy, replication, starting
]
RULES = [rule for module in MODULES for rule in module.RULES]
