"""What the functions of a local stage said lately, merged by time."""

import time

from local.aws import Emulated

LOOK_BACK_SECONDS = 15 * 60
LINES_MAX = 300
NOISE = ("START ", "END ", "REPORT ", '{"_aws":')  # the platform's own lines, and metrics


def show(emulated: Emulated) -> None:
    """Print the last lines of every function."""
    client = emulated.client("logs")
    since = int((time.time() - LOOK_BACK_SECONDS) * 1000)
    lines: list[tuple[int, str, str]] = []
    for page in client.get_paginator("describe_log_groups").paginate():
        for group in page["logGroups"]:
            found = client.filter_log_events(logGroupName=group["logGroupName"], startTime=since)["events"]
            lines += [(event["timestamp"], group["logGroupName"], event["message"].rstrip()) for event in found]
    for at, group, message in sorted(lines)[-LINES_MAX:]:
        if message and not message.startswith(NOISE):
            print(f"{time.strftime('%H:%M:%S', time.localtime(at / 1000))} {_short(group)}: {message}")


def _short(group: str) -> str:
    """`Easel-local-FunctionsStartLogsABC123` says `Start`."""
    name = group.rpartition("/")[2].rpartition("Functions")[2]
    return name.partition("Logs")[0] or group
