"""Templates of stages as an operator deploys them."""

from tests.support.stage_templates import prod, read_stage

__all__ = ["prod", "read_stage"]
