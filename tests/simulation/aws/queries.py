"""DynamoDB's Query and Scan: key conditions on a table or an index, order, pages and filters."""

from tests.simulation.aws.conditions import holds, ordering
from tests.simulation.aws.expressions import Placeholders, Tree, condition, projection
from tests.simulation.aws.replies import Wire, invalid
from tests.simulation.aws.tables import Table


def query(table: Table, request: Wire, now: int) -> Wire:
    """Items of one partition, in the order of their sort key."""
    given = Placeholders(request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))
    tree = condition(request["KeyConditionExpression"])
    given.touch(tree)
    name = request.get("IndexName")
    if name and request.get("ConsistentRead"):
        raise invalid("Consistent reads are not supported on global secondary indexes")
    if name and name not in table.schema.indexes:
        raise invalid(f"The table does not have the specified index: {name}")
    hash_name, range_name = _keys(table, name)
    _check_key_condition(tree, given, hash_name, range_name)
    found = table.seen_by(name, now) if name else _partition(table, tree, given, hash_name)
    items = table.in_order((item for item in found if holds(tree, item, given)), range_name)
    if not request.get("ScanIndexForward", True):
        items.reverse()
    return _page(table, request, given, items, name)


def scan(table: Table, request: Wire) -> Wire:
    """Every item, partition by partition."""
    given = Placeholders(request.get("ExpressionAttributeNames", {}), request.get("ExpressionAttributeValues", {}))
    return _page(table, request, given, table.in_order((s.wire for s in table.items.values()), None), None)


def _keys(table: Table, index: str | None) -> tuple[str, str | None]:
    if index is None:
        return table.schema.hash, table.schema.range
    return table.schema.indexes[index].hash, table.schema.indexes[index].range


def _partition(table: Table, tree: Tree, given: Placeholders, hash_name: str) -> list[Wire]:
    wanted = next(given.value(part[2][1]) for part in _parts(tree) if _name(part, given) == hash_name)["S"]
    return [stored.wire for key, stored in table.items.items() if key[0] == wanted]


def _parts(tree: Tree) -> list[Tree]:
    return [*_parts(tree[1]), *_parts(tree[2])] if tree[0] == "AND" else [tree]


def _name(part: Tree, given: Placeholders) -> str:
    path = part[2] if part[0] == "call" else part[1]
    return given.name(path[1])


def _check_key_condition(tree: Tree, given: Placeholders, hash_name: str, range_name: str | None) -> None:
    parts = _parts(tree)
    if any(part[0] in {"OR", "NOT", "IN", "<>"} for part in parts):
        raise invalid("Invalid operator used in KeyConditionExpression")
    names = {_name(part, given): part[0] for part in parts}
    if names.get(hash_name) != "=":
        raise invalid(f"Query condition missed key schema element: {hash_name}")
    if not set(names) <= {hash_name, range_name}:
        raise invalid("Query key condition not supported")


def _page(table: Table, request: Wire, given: Placeholders, items: list[Wire], index: str | None) -> Wire:
    start = request.get("ExclusiveStartKey")
    if start is not None:
        items = _after(start, table, items, index, forward=request.get("ScanIndexForward", True))
    limit = request.get("Limit")
    page = items if limit is None else items[:limit]
    answer: Wire = {"ScannedCount": len(page)}
    if limit is not None and len(items) >= limit and page:
        answer["LastEvaluatedKey"] = _key_of(table, page[-1], index)
    if "FilterExpression" in request:
        tree = condition(request["FilterExpression"])
        given.touch(tree)
        page = [item for item in page if holds(tree, item, given)]
    answer["Count"] = len(page)
    if request.get("Select") != "COUNT":
        answer["Items"] = [_shown(table, item, request, given, index) for item in page]
    given.all_used()
    return answer


def _after(start: Wire, table: Table, items: list[Wire], index: str | None, *, forward: bool) -> list[Wire]:
    names = [name for name in (_keys(table, index)[1] if index else None, *table.schema.key_names) if name]
    edge = [ordering(start[name]) for name in names]
    places = [[ordering(item[name]) for name in names] for item in items]
    return [item for item, at in zip(items, places, strict=True) if (at > edge if forward else at < edge)]


def _key_of(table: Table, item: Wire, index: str | None) -> Wire:
    names = {*table.schema.key_names, *(_keys(table, index) if index else ())}
    return {name: item[name] for name in sorted(name for name in names if name)}


def _shown(table: Table, item: Wire, request: Wire, given: Placeholders, index: str | None) -> Wire:
    if index and table.schema.indexes[index].keys_only:
        item = _key_of(table, item, index)
    if "ProjectionExpression" not in request:
        return item
    names = [given.name(path[1]) for path in projection(request["ProjectionExpression"])]
    return {name: item[name] for name in names if name in item}
