"""DynamoDB's update expressions: SET, REMOVE, ADD and DELETE, applied to a copy of the item."""

from decimal import Context, Inexact, InvalidOperation
from functools import cache
from typing import Any

from tests.simulation.aws.conditions import follow, number, resolve
from tests.simulation.aws.expressions import Parser, Placeholders, Tree
from tests.simulation.aws.replies import Wire, invalid

CLAUSES = ("SET", "REMOVE", "ADD", "DELETE")
ARITHMETIC = Context(prec=38, traps=[Inexact, InvalidOperation])


@cache
def update(text: str) -> tuple[Tree, ...]:
    """The actions of an update expression, in order."""
    parser = Parser(text)
    actions: list[Tree] = []
    seen = set()
    while parser.next:
        clause = parser.take().upper()
        if clause not in CLAUSES or clause in seen:
            raise invalid(f"Invalid UpdateExpression: Syntax error; token: {clause!r}")
        seen.add(clause)
        actions.append(_action(parser, clause))
        while parser.met(","):
            actions.append(_action(parser, clause))
    return tuple(actions)


def applied(actions: tuple[Tree, ...], item: Wire, given: Placeholders) -> Wire:
    """The item after all actions; each reads the item as it was before."""
    changed = dict(item)
    for action in actions:
        match action:
            case ("SET", path, value):
                _write(changed, path[1:], _value(value, item, given), given)
            case ("REMOVE", path):
                _write(changed, path[1:], None, given)
            case ("ADD", path, value):
                _write(changed, path[1:], _added(follow(path[1:], item, given), resolve(value, item, given)), given)
            case ("DELETE", path, value):
                left = _without(follow(path[1:], item, given), resolve(value, item, given))
                _write(changed, path[1:], left, given)
    return changed


def _action(parser: Parser, clause: str) -> Tree:
    path = parser.path()
    if clause == "REMOVE":
        return (clause, path)
    if clause != "SET":
        return (clause, path, parser.operand())
    parser.take("=")
    value = parser.operand()
    if parser.next in {"+", "-"}:
        value = (parser.take(), value, parser.operand())
    return (clause, path, value)


def _value(tree: Tree, item: Wire, given: Placeholders) -> Wire:
    if tree[0] in {"+", "-"}:
        left, right = (_value(part, item, given) for part in tree[1:])
        return _sum(left, right, 1 if tree[0] == "+" else -1)
    if tree[0] == "call" and tree[1] == "if_not_exists":
        found = resolve(tree[2], item, given)
        return _value(tree[3], item, given) if found is None else found
    if tree[0] == "call" and tree[1] == "list_append":
        return {"L": [*_value(tree[2], item, given)["L"], *_value(tree[3], item, given)["L"]]}
    found = resolve(tree, item, given)
    if found is None:
        raise invalid("The provided expression refers to an attribute that does not exist in the item")
    return found


def _sum(left: Wire, right: Wire, sign: int) -> Wire:
    if "N" not in left or "N" not in right:
        raise invalid("An operand in the update expression has an incorrect data type")
    try:
        total = ARITHMETIC.add(number(left["N"]), ARITHMETIC.multiply(number(right["N"]), sign))
    except (Inexact, InvalidOperation) as error:
        raise invalid("Number overflow. Attempting to store a number with more than 38 digits") from error
    return {"N": format(total.normalize(ARITHMETIC), "f")}


def _added(found: Wire | None, value: Wire | None) -> Wire:
    if value is None:
        raise invalid("ADD needs a value")
    kind = next(iter(value))
    if kind not in {"N", "SS", "NS", "BS"}:
        raise invalid("Incorrect operand type for operator ADD; operand type must be a number or a set")
    if found is None:
        return value
    if kind == "N":
        return _sum(found, value, 1)
    return {kind: sorted({*found[kind], *value[kind]})}


def _without(found: Wire | None, value: Wire | None) -> Wire | None:
    if found is None or value is None:
        return found
    ((kind, members),) = value.items()
    left = [member for member in found[kind] if member not in members]
    return {kind: left} if left else None


def _write(item: dict[str, Any], path: Tree, value: Wire | None, given: Placeholders) -> None:
    """Put a value at a path of an item that may be changed; containers on the way are copied."""
    name = given.name(path[0])
    if len(path) == 1:
        if value is None:
            item.pop(name, None)
        else:
            item[name] = value
        return
    item[name] = _within(item.get(name), path[1:], value, given)


def _within(container: Wire | None, path: Tree, value: Wire | None, given: Placeholders) -> Wire:
    step = path[0]
    if isinstance(step, int) and container and "L" in container:
        members = list(container["L"])
        inner = _within(members[step] if step < len(members) else None, path[1:], value, given) if path[1:] else value
        members[step : step + 1] = [] if inner is None else [inner]
        return {"L": members}
    if isinstance(step, str) and container and "M" in container:
        fields = dict(container["M"])
        _write(fields, path, value, given)
        return {"M": fields}
    raise invalid("The document path provided in the update expression is invalid for update")
