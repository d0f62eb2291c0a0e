"""The state machine's definition as a file, and the numbers that a stage fills it with; needs no CDK."""

from collections.abc import Mapping
from pathlib import Path

from infra.stages import Stage

DEFINITION = Path(__file__).with_name("workflow.asl.json")
MACHINE_MARGIN_SECONDS = 180  # beyond a job's deadline: the last lease, and settling
SETTLE_SECONDS = 40
PREPARE_SECONDS = 130


def numbers(stage: Stage) -> dict[str, int]:
    """The seconds that the definition is filled with."""
    clocks = stage.clocks
    return {
        "MachineSeconds": clocks.deadline + MACHINE_MARGIN_SECONDS,
        "AttemptSeconds": clocks.lease + clocks.slack,
        "PrepareSeconds": PREPARE_SECONDS,
        "SettleSeconds": SETTLE_SECONDS,
        "CrashSeconds": clocks.crash,
    }


def fill(definition: str, values: Mapping[str, int]) -> str:
    """Put numbers for their placeholders (quoted, so that the file is JSON); the others are the deployment's."""
    for name, value in values.items():
        definition = definition.replace(f'"${{{name}}}"', str(value))
    return definition
