"""What a stage costs in a month in which nobody calls it, from its own templates: `make price STAGE=prod`.

List prices of us-east-1 as of November 2026, from AWS's public price pages of each service; look up your region's.
Work, storage, traffic and sign-ins come on top: an idle stage has next to none of them.
"""

import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Template = Mapping[str, Any]

HOURS = 730  # in a month, as AWS's price pages reckon
SNAPSHOT = 0.0000015046  # a GB-second of a SnapStart function's published version, kept warm
FIREWALL, FIREWALL_RULE = 5.00, 1.00  # a month
ALARM = 0.10  # a month and metric of standard resolution, each metric of an expression counted
SECRET = 0.40  # a month; each replica of it too
REQUEST, GIGABYTE_SECOND = 0.0000002, 0.0000133334  # of Lambda on ARM
LOOK_SECONDS = 0.25  # the reconciler's look that finds nothing, reckoned generously


@dataclass(frozen=True)
class Line:
    """A kind of thing: how many, and what all of them cost a month in dollars."""

    what: str
    dollars: float


def lines(templates: Iterable[Template]) -> tuple[Line, ...]:
    """What costs something though nobody calls, dearest first."""
    resources = [resource for template in templates for resource in template["Resources"].values()]
    found = {
        kind: [each.get("Properties", {}) for each in resources if each["Type"] == kind]
        for kind in {each["Type"] for each in resources}
    }
    snapped = [each["MemorySize"] for each in found.get("AWS::Lambda::Function", []) if "SnapStart" in each]
    gigabytes = sum(snapped) / 1024
    firewalls = found.get("AWS::WAFv2::WebACL", [])
    rules = sum(len(each["Rules"]) for each in firewalls)
    metrics = sum(_metrics(each) for each in found.get("AWS::CloudWatch::Alarm", []))
    secrets = found.get("AWS::SecretsManager::Secret", [])
    kept = sum(1 + len(each.get("ReplicaRegions", [])) for each in secrets)
    look = REQUEST + GIGABYTE_SECOND * LOOK_SECONDS * 0.5  # of 512 MB
    return tuple(
        sorted(
            (
                Line(f"SnapStart's snapshots of {len(snapped)} functions, {gigabytes:.1f} GB", _snapshots(gigabytes)),
                Line(f"{len(firewalls)} web ACL with {rules} rules", len(firewalls) * FIREWALL + rules * FIREWALL_RULE),
                Line(f"alarms on {metrics} metrics", metrics * ALARM),
                Line(f"{kept} secrets", kept * SECRET),
                Line("the looks of reconciler and webhooks every minute", HOURS * 60 * 2 * look),
            ),
            key=lambda line: -line.dollars,
        )
    )


def _snapshots(gigabytes: float) -> float:
    return gigabytes * HOURS * 3_600 * SNAPSHOT


def _metrics(alarm: Mapping[str, Any]) -> int:
    return sum("MetricStat" in each for each in alarm["Metrics"]) if "Metrics" in alarm else 1


def table(found: Sequence[Line]) -> str:
    """The lines and their sum, for people."""
    rows = [f"{line.dollars:8.2f}  {line.what}" for line in found]
    return "\n".join([*rows, f"{sum(line.dollars for line in found):8.2f}  dollars a month, with no job made"])


if __name__ == "__main__":
    sys.stdout.write(table(lines([json.loads(Path(file).read_text()) for file in sys.argv[1:]])) + "\n")
