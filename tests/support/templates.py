"""A template as a test wants to ask it: resources by type, functions by handler, who may do what."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True)
class Right:
    """One action on one resource, as a function's policy allows it."""

    action: str
    resource: str


@dataclass(frozen=True)
class Reading:
    """One stage's template."""

    template: Json

    def of(self, kind: str) -> dict[str, Json]:
        """Every resource of a type, by logical id."""
        return {name: found for name, found in self.template["Resources"].items() if found["Type"] == kind}

    def only(self, kind: str, hint: str = "") -> Json:
        """The properties of the one resource of a type, whose id contains the hint."""
        found = [resource for name, resource in self.of(kind).items() if hint in name]
        assert len(found) == 1, f"{len(found)} × {kind} {hint}"
        properties: Json = found[0]["Properties"]
        return properties

    @property
    def functions(self) -> dict[str, Json]:
        """Our functions' properties, by name."""
        ours = [found["Properties"] for found in self.of("AWS::Lambda::Function").values()]
        return {found["Handler"].split(".")[-2]: found for found in ours if found["Handler"] != "index.handler"}

    def rights(self, function: str) -> set[Right]:
        """What a function's role may do."""
        return self.rights_of(self._role(function))

    def rights_of(self, role: str) -> set[Right]:
        """What a role may do, by its logical id."""
        return {right for statement in self._statements(role) for right in _rights(statement)}

    def statements(self, function: str) -> list[Json]:
        """What the policies of a function's role say."""
        return self._statements(self._role(function))

    def _role(self, function: str) -> str:
        return str(self.functions[function]["Role"]["Fn::GetAtt"][0])

    def _statements(self, role: str) -> list[Json]:
        policies = [found["Properties"] for found in self.of("AWS::IAM::Policy").values()]
        return [
            statement
            for policy in policies
            if {"Ref": role} in policy["Roles"]
            for statement in policy["PolicyDocument"]["Statement"]
        ]

    def who_may(self, action: str, resource: str) -> set[str]:
        """Functions that may do this to a resource whose name contains that."""
        return {
            name
            for name in self.functions
            if any(right.action == action and resource in right.resource for right in self.rights(name))
        }

    @property
    def methods(self) -> dict[str, Json]:
        """The gateway's methods, by route."""
        return {
            f"{found['Properties']['HttpMethod']} {self._path(found['Properties']['ResourceId'])}": found["Properties"]
            for found in self.of("AWS::ApiGateway::Method").values()
        }

    def _path(self, resource: Json) -> str:
        if "Fn::GetAtt" in resource:
            return "/"
        found = self.template["Resources"][resource["Ref"]]["Properties"]
        return f"{self._path(found['ParentId']).rstrip('/')}/{found['PathPart']}"


def _rights(statement: Json) -> Iterator[Right]:
    actions, resources = statement["Action"], statement["Resource"]
    for action in [actions] if isinstance(actions, str) else actions:
        for resource in resources if isinstance(resources, list) else [resources]:
            yield Right(action, text(resource))


def text(value: Any) -> str:
    """A value with its references written as the logical ids they name."""
    match value:
        case str():
            return value
        case {"Ref": name}:
            return str(name)
        case {"Fn::GetAtt": [name, _]}:
            return str(name)
        case {"Fn::Join": [separator, parts]}:
            return str(separator).join(text(part) for part in parts)
    return repr(value)
