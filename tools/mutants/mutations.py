"""What may be changed about one node of a syntax tree: pure functions from a node to its replacements."""

import ast
from collections.abc import Iterator

Comparisons = dict[type[ast.cmpop], type[ast.cmpop]]
BOUNDARIES: Comparisons = {ast.Lt: ast.LtE, ast.LtE: ast.Lt, ast.Gt: ast.GtE, ast.GtE: ast.Gt}
OPPOSITES: Comparisons = {
    ast.Eq: ast.NotEq,
    ast.NotEq: ast.Eq,
    ast.Is: ast.IsNot,
    ast.IsNot: ast.Is,
    ast.In: ast.NotIn,
    ast.NotIn: ast.In,
}
OPERATORS: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Add,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
    ast.LShift: ast.RShift,
    ast.RShift: ast.LShift,
}
TWINS = {"min": "max", "max": "min", "any": "all", "all": "any"}
MARK = "XX"
WORDED = frozenset({"description", "title", "examples"})  # keywords that only readers see


def replacements(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that may stand in this one's place, each a different small bug."""
    match node:
        case ast.Compare():
            yield from _comparisons(node)
        case ast.BoolOp():
            yield from _without_an_operand(node)
        case ast.BinOp(left=left, op=op, right=right) if type(op) in OPERATORS:
            yield ast.BinOp(left, OPERATORS[type(op)](), right)
        case ast.UnaryOp(op=ast.Not() | ast.USub(), operand=operand):
            yield operand
        case ast.IfExp(body=body, orelse=orelse) if not isinstance(node.test, ast.BoolOp):
            yield body
            yield orelse
        case ast.Constant():
            yield from _constants(node)
        case ast.JoinedStr() if not any(isinstance(part, ast.Constant) for part in node.values):
            yield ast.JoinedStr([*node.values, ast.Constant(MARK)])
        case ast.Name(id=name, ctx=ast.Load()) if name in TWINS:
            yield ast.Name(TWINS[name], ast.Load())
        case ast.Tuple(ctx=ast.Load()) | ast.List(ctx=ast.Load()) | ast.Set():
            yield from _without_an_element(node)
        case ast.Dict():
            yield from _without_an_item(node)
        case ast.Call(keywords=[_, *_]):
            yield from _without_a_keyword(node)
        case ast.comprehension():
            yield from _without_a_condition(node)
        case ast.stmt():
            yield from _statements(node)


def _comparisons(node: ast.Compare) -> Iterator[ast.AST]:
    for place, op in enumerate(node.ops):
        other = BOUNDARIES.get(type(op)) or OPPOSITES[type(op)]
        yield ast.Compare(node.left, [*node.ops[:place], other(), *node.ops[place + 1 :]], node.comparators)


def _without_an_operand(node: ast.BoolOp) -> Iterator[ast.AST]:
    for place in range(len(node.values)):
        left = [*node.values[:place], *node.values[place + 1 :]]
        yield left[0] if len(left) == 1 else ast.BoolOp(node.op, left)


def _constants(node: ast.Constant) -> Iterator[ast.AST]:
    match node.value:
        case bool(value):
            yield ast.Constant(not value)
        case int(value) | float(value):
            yield ast.Constant(value + 1)
        case str(value):
            yield ast.Constant(value + MARK)
        case bytes(value):
            yield ast.Constant(value + MARK.encode())


def _without_an_element(node: ast.Tuple | ast.List | ast.Set) -> Iterator[ast.AST]:
    for place in range(len(node.elts)):
        left = [*node.elts[:place], *node.elts[place + 1 :]]
        if isinstance(node, ast.Set):
            yield ast.Set(left or [ast.Starred(ast.Tuple([], ast.Load()), ast.Load())])
        else:
            yield type(node)(left, node.ctx)


def _without_an_item(node: ast.Dict) -> Iterator[ast.AST]:
    for place in range(len(node.keys)):
        yield ast.Dict([*node.keys[:place], *node.keys[place + 1 :]], [*node.values[:place], *node.values[place + 1 :]])


def _without_a_keyword(node: ast.Call) -> Iterator[ast.AST]:
    for place, keyword in enumerate(node.keywords):
        if keyword.arg in WORDED:
            continue
        yield ast.Call(node.func, node.args, [*node.keywords[:place], *node.keywords[place + 1 :]])


def _without_a_condition(node: ast.comprehension) -> Iterator[ast.AST]:
    for place, test in enumerate(node.ifs):
        left = [*node.ifs[:place], *node.ifs[place + 1 :]]
        yield ast.comprehension(node.target, node.iter, left, node.is_async)
        if not isinstance(test, ast.BoolOp):
            yield ast.comprehension(node.target, node.iter, [*left, ast.Constant(value=False)], node.is_async)


def _statements(node: ast.stmt) -> Iterator[ast.AST]:
    match node:
        case ast.If(test=test) if not isinstance(test, ast.BoolOp):
            yield ast.If(ast.Constant(value=True), node.body, node.orelse)
            yield ast.If(ast.Constant(value=False), node.body, node.orelse)
        case ast.While(test=test) if not isinstance(test, ast.Constant | ast.BoolOp):
            yield ast.While(ast.Constant(value=False), node.body, node.orelse)
        case ast.AugAssign(target=target, op=op, value=value):
            yield ast.Pass()
            if type(op) in OPERATORS:
                yield ast.AugAssign(target, OPERATORS[type(op)](), value)
        case ast.Assign(targets=[ast.Attribute() | ast.Subscript()]) | ast.Expr(value=ast.Call()) | ast.Raise():
            yield ast.Pass()
        case ast.Continue():
            yield ast.Break()
        case ast.Break():
            yield ast.Continue()
