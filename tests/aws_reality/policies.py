"""Resource policies of a template, judged as IAM documents it: a Deny wins, and without an Allow nobody gets in."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from fnmatch import fnmatchcase
from typing import Any

from tests.support.templates import Json, Reading, text

HOLDERS = {"AWS::SNS::TopicPolicy": "Topics", "AWS::SQS::QueuePolicy": "Queues"}


@dataclass(frozen=True)
class Call:
    """What a service of AWS does to a resource, and what it tells of itself (condition keys in small letters)."""

    service: str
    action: str
    resource: str
    said: Mapping[str, str] = field(default_factory=dict)


def admits(reading: Reading, call: Call) -> bool:
    """Whether the policies of the resource let a service in that has no role of the account."""
    effects = {each["Effect"] for each in _statements(reading, call.resource) if _covers(each, call)}
    return effects == {"Allow"}


def key_policies(reading: Reading) -> Iterator[list[Json]]:
    """The statements of each KMS key's policy."""
    for key in reading.of("AWS::KMS::Key").values():
        yield _several(key["Properties"]["KeyPolicy"]["Statement"])


def _statements(reading: Reading, resource: str) -> Iterator[Json]:
    for kind, held in HOLDERS.items():
        for policy in (found["Properties"] for found in reading.of(kind).values()):
            if resource in {text(each) for each in policy[held]}:
                yield from _several(policy["PolicyDocument"]["Statement"])


def _covers(statement: Json, call: Call) -> bool:
    return (
        _names(statement["Principal"], call.service)
        and any(fnmatchcase(call.action.lower(), each.lower()) for each in _several(statement["Action"]))
        and call.resource in {text(each) for each in _several(statement["Resource"])}
        and all(_meets(test, wanted, call.said) for test, wanted in statement.get("Condition", {}).items())
    )


def _names(principal: Json | str, service: str) -> bool:
    if isinstance(principal, str):
        return principal == "*"
    return "*" in _several(principal.get("AWS", [])) or service in _several(principal.get("Service", []))


def _meets(test: str, wanted: Json, said: Mapping[str, str]) -> bool:
    if test not in {"Bool", "StringEquals", "ArnEquals", "ArnLike"}:
        raise NotImplementedError(test)
    return all(
        any(fnmatchcase(said.get(key.lower(), ""), text(each)) for each in _several(values))
        for key, values in wanted.items()
    )


def _several(found: Any) -> list[Any]:
    return found if isinstance(found, list) else [found]
