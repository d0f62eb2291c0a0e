"""Whether a condition holds for an item: comparisons by type, as DynamoDB makes them."""

import operator
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from tests.simulation.aws.expressions import Placeholders, Tree
from tests.simulation.aws.replies import Wire, invalid

ORDERED: dict[str, Callable[[Any, Any], bool]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(tree: Tree, item: Wire, given: Placeholders) -> bool:
    """Evaluate a condition on an item, `{}` where there is none."""
    match tree[0]:
        case "AND":
            return holds(tree[1], item, given) and holds(tree[2], item, given)
        case "OR":
            return holds(tree[1], item, given) or holds(tree[2], item, given)
        case "NOT":
            return not holds(tree[1], item, given)
        case "call":
            return _function(tree, item, given)
        case "BETWEEN":
            value, low, high = (resolve(part, item, given) for part in tree[1:])
            return _compare(">=", value, low) and _compare("<=", value, high)
        case "IN":
            value, *options = (resolve(part, item, given) for part in tree[1:])
            return any(_compare("=", value, option) for option in options)
        case comparator:
            return _compare(comparator, resolve(tree[1], item, given), resolve(tree[2], item, given))


def resolve(tree: Tree, item: Wire, given: Placeholders) -> Wire | None:
    """The typed value of an operand, None where the item lacks it."""
    match tree[0]:
        case "value":
            return given.value(tree[1])
        case "path":
            return follow(tree[1:], item, given)
        case "call" if tree[1] == "size":
            found = resolve(tree[2], item, given)
            return {"N": str(_size(found))} if found else None
        case _:
            raise invalid(f"Invalid operand in a condition: {tree[0]}")


def follow(path: Tree, item: Wire, given: Placeholders) -> Wire | None:
    """The typed value at a path."""
    found: Wire | None = {"M": item}
    for part in path:
        if found is None:
            return None
        if isinstance(part, int):
            members = found.get("L", [])
            found = members[part] if part < len(members) else None
        else:
            found = found.get("M", {}).get(given.name(part))
    return found


def number(text: str) -> Decimal:
    """A DynamoDB number."""
    return Decimal(text)


def ordering(value: Wire) -> Any:
    """What a key's values are sorted by: numbers by size, text by its UTF-8 bytes."""
    ((kind, inner),) = value.items()
    return number(inner) if kind == "N" else inner.encode()


def _function(tree: Tree, item: Wire, given: Placeholders) -> bool:
    _, name, subject, *rest = tree
    found = resolve(subject, item, given)
    match name:
        case "attribute_exists":
            return found is not None
        case "attribute_not_exists":
            return found is None
    other = resolve(rest[0], item, given)
    if found is None or other is None:
        return False
    match name:
        case "attribute_type":
            return bool(next(iter(found)) == other["S"])
        case "begins_with":
            return bool(found.get("S", "").startswith(other["S"])) and "S" in found
        case "contains":
            return _contains(found, other)
    raise invalid(f"Invalid function in a condition: {name}")


def _contains(found: Wire, other: Wire) -> bool:
    if "S" in found:
        return bool(other.get("S", "\0") in found["S"])
    if "L" in found:
        return other in found["L"]
    for kind, members in found.items():
        return next(iter(other.values())) in members and kind[0] == next(iter(other))
    return False


def _compare(comparator: str, left: Wire | None, right: Wire | None) -> bool:
    if comparator == "<>":
        return not _compare("=", left, right)
    if left is None or right is None:
        return False
    (left_kind, one), (right_kind, two) = next(iter(left.items())), next(iter(right.items()))
    if left_kind != right_kind:
        return False
    if left_kind == "N":
        one, two = number(one), number(two)
    if comparator == "=":
        return bool(one == two)
    return bool(left_kind in {"N", "S", "B"} and ORDERED[comparator](one, two))


def _size(value: Wire) -> int:
    ((kind, inner),) = value.items()
    return len(inner.encode()) if kind == "S" else len(inner)
