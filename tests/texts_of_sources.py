"""The texts that a program can give to one of its keywords, followed through its sources without running it.

A text is followed from where it is given back to where it is written: through names, conditions, tables, parameters and
what functions return. What cannot be followed is noted, so that no text escapes by being written in another way. Where
several functions or attributes have one name, the texts of all of them count.
"""

import ast
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import product
from string import Formatter

Function = ast.FunctionDef | ast.Lambda
Scope = Function | ast.ClassDef | str
Stores = Iterator[tuple[ast.expr, ast.expr | None]]
Texts = dict[str, str]  # each with the place where it is written

A_NUMBER = "0.5"  # stands in a place of a text whose value only a run knows
NO_TEXT = (ast.Lambda, ast.Compare, ast.UnaryOp)
NUMBERS = {"float", "int", "bool", "len", "sum", "abs"}
FROM_ARGUMENTS = {"str", "iter", "next", "reversed", "list", "tuple", "set", "dict", "sorted", "zip", "join", "array"}
FROM_ITS_OBJECT = {"astype", "copy", "values", "get", "pop", "tolist", "strip", "lower", "ravel", "reshape"}
FROM_LATER_ARGUMENTS = {"where": 1, "select": 1, "full": 1, "full_like": 1}


class Sources:
    """The sources of some modules.

    Parameters
    ----------
    sources : mapping of str to str
        Text of each module by its dotted name.
    inside : collection of str
        Names of the functions and attributes that are followed where they fill a place of a text.

    Attributes
    ----------
    unclear : list of ast.AST
        What texts were to be followed through and could not be.
    """

    def __init__(self, sources: Mapping[str, str], inside: Collection[str]) -> None:
        self.unclear: list[ast.AST] = []
        self._inside, self._in_a_place = inside, False
        self._module: dict[ast.AST, str] = {}
        self._scope: dict[ast.AST, Scope] = {}
        self._functions: dict[str, list[ast.FunctionDef]] = defaultdict(list)
        self._calls: dict[str, list[ast.Call]] = defaultdict(list)
        self._keywords: dict[str, list[ast.expr]] = defaultdict(list)
        self._fields: dict[str, list[ast.expr | None]] = defaultdict(list)
        self._stored: dict[tuple[Scope, str], list[ast.expr | None]] = defaultdict(list)
        self._imported: dict[tuple[Scope, str], tuple[str, str]] = {}
        self._followed: dict[tuple[ast.AST, bool], Texts] = {}
        for module, source in sources.items():
            self._index(module, ast.parse(source), module)

    def given_to(self, keyword: str) -> Texts:
        """Return the texts that calls give to a keyword, each with the place where it is written."""
        self._keyword = keyword
        return self._all([*self._keywords[keyword], *self._fields[keyword]])

    def place(self, node: ast.AST) -> str:
        """Return the module and line of a node."""
        return f"{self._module[node]}:{getattr(node, 'lineno', 0)}"

    def _index(self, module: str, node: ast.AST, scope: Scope) -> None:
        for child in ast.iter_child_nodes(node):
            if not child._fields:  # an operator, or whether a name is read or stored
                continue
            self._module[child], self._scope[child] = module, scope
            if isinstance(child, ast.FunctionDef):
                self._functions[child.name].append(child)
            elif isinstance(child, ast.Call):
                self._calls[_last(child.func)].append(child)
                for keyword in child.keywords:
                    self._keywords[keyword.arg or ""].append(keyword.value)
            elif isinstance(child, ast.ImportFrom):
                for name in child.names:
                    self._imported[module, name.asname or name.name] = (child.module or "", name.name)
            for target, value in _stores(child):
                self._store(scope, target, value)
            self._index(module, child, child if isinstance(child, Function | ast.ClassDef) else scope)

    def _store(self, scope: Scope, target: ast.expr, value: ast.expr | None) -> None:
        match target:
            case ast.Tuple() | ast.List():
                values = value.elts if isinstance(value, ast.Tuple | ast.List) else []
                for i, part in enumerate(target.elts):
                    self._store(scope, part, values[i] if len(values) == len(target.elts) else value)
            case ast.Subscript() | ast.Starred():
                self._store(scope, target.value, value)
            case ast.Name():
                self._stored[scope, target.id].append(value)
                if isinstance(scope, ast.ClassDef):
                    self._fields[target.id].append(value)
            case ast.Attribute():
                self._fields[target.attr].append(value)

    def _all(self, nodes: Iterable[ast.expr | None]) -> Texts:
        return {text: place for node in nodes if node is not None for text, place in self._texts(node).items()}

    def _texts(self, node: ast.expr) -> Texts:
        key = (node, self._in_a_place)
        if key not in self._followed:
            self._followed[key] = {}  # what is defined by itself adds nothing to itself
            self._followed[key] = self._follow(node)
        return self._followed[key]

    def _escaped(self, node: ast.AST) -> Texts:
        self.unclear.append(node)
        return {}

    def _follow(self, node: ast.expr) -> Texts:
        match node:
            case ast.Constant():
                return {node.value: self.place(node)} if isinstance(node.value, str) and node.value else {}
            case ast.JoinedStr():
                filled = product(*map(self._part, node.values))
                return {"".join(parts): self.place(node) for parts in filled}
            case ast.IfExp():
                return self._all([node.body, node.orelse])
            case ast.BoolOp() | ast.Dict():
                return self._all(node.values)
            case ast.NamedExpr() | ast.Starred() | ast.Subscript() | ast.DictComp():
                return self._texts(node.value)
            case ast.Tuple() | ast.List() | ast.Set():
                return self._all(node.elts)
            case ast.ListComp() | ast.GeneratorExp() | ast.SetComp():
                return self._texts(node.elt)
            case ast.Call():
                return self._of_call(node)
            case ast.Name():
                return self._of_name(node)
            case ast.Attribute():
                return self._of_attribute(node)
        return {} if isinstance(node, NO_TEXT) else self._escaped(node)

    def _part(self, part: ast.expr) -> list[str]:
        """Return what can stand in a part of a text: its own words, a text from elsewhere, or else a number."""
        if isinstance(part, ast.Constant):
            return [str(part.value)]
        before, outer, self._in_a_place = len(self.unclear), self._in_a_place, True
        texts = self._all([part.value]) if isinstance(part, ast.FormattedValue) else {}
        is_clear = len(self.unclear) == before
        self._in_a_place = outer
        del self.unclear[before:]
        return sorted(texts) if texts and is_clear else [A_NUMBER]

    def _of_call(self, node: ast.Call) -> Texts:
        name, of = _last(node.func), node.func.value if isinstance(node.func, ast.Attribute) else None
        if name == "format" and of is not None:
            return {_filled(text): place for text, place in self._texts(of).items()}
        if name in FROM_LATER_ARGUMENTS:
            return self._all(node.args[FROM_LATER_ARGUMENTS[name] :])
        if name in FROM_ITS_OBJECT and of is not None:
            return self._all([of, *node.args[1:]])
        if name in FROM_ARGUMENTS:
            return self._all(node.args)
        if name in NUMBERS or (isinstance(of, ast.Name) and of.id == "np"):
            return {}
        functions = self._meant(node, name)
        return self._all(value for f in functions for value in _returned(f)) if functions else self._escaped(node)

    def _meant(self, node: ast.AST, name: str) -> list[ast.FunctionDef]:
        """Return the functions of a name that may be meant: those of the same module before those of others."""
        if self._in_a_place and name not in self._inside:
            return []
        here = [f for f in self._functions[name] if self._module[f] == self._module[node]]
        return here or self._functions[name]

    def _of_name(self, node: ast.Name) -> Texts:
        scope = self._scope[node]
        while not isinstance(scope, str):
            if not isinstance(scope, ast.ClassDef) and node.id in (parameters := _parameters(scope)):
                return self._of_parameter(scope, node.id, *parameters[node.id])
            if (scope, node.id) in self._stored:
                return self._all(self._stored[scope, node.id])
            scope = self._scope[scope]
        name = node.id
        while (scope, name) in self._imported:
            scope, name = self._imported[scope, name]
        if (scope, name) in self._stored:
            return self._all(self._stored[scope, name])
        return {} if name in self._functions else self._escaped(node)

    def _of_parameter(self, function: Function, name: str, position: int | None, default: ast.expr | None) -> Texts:
        called = function.name if isinstance(function, ast.FunctionDef) else ""
        calls = [c for c in self._calls[called] if called[:1] != "_" or self._module[c] == self._module[function]]
        given = [*(_argument(call, name, position) for call in calls), *self._stored.get((function, name), [])]
        given = [default, *given] if default is not None else given
        return self._all(given) if any(given) else self._escaped(function)

    def _of_attribute(self, node: ast.Attribute) -> Texts:
        if node.attr == self._keyword:
            return {}  # of what is made elsewhere, and followed there
        if self._in_a_place and node.attr not in self._inside:
            return self._escaped(node)
        values = [value for function in self._meant(node, node.attr) for value in _returned(function)]
        values += [*self._fields[node.attr], *self._keywords[node.attr]]
        return self._all(values) if any(values) else self._escaped(node)


def _last(node: ast.expr) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id if isinstance(node, ast.Name) else ""


def _stores(node: ast.AST) -> Stores:
    match node:
        case ast.Assign():
            yield from ((target, node.value) for target in node.targets)
        case ast.AnnAssign() | ast.AugAssign() | ast.NamedExpr():
            yield node.target, node.value
        case ast.For() | ast.comprehension():
            yield from _each(node.target, node.iter)


def _each(target: ast.expr, values: ast.expr) -> Stores:
    """Yield what a loop puts into its target: rows, columns side by side, or the values of a table by its keys."""
    match target, values:
        case ast.Tuple(elts=targets), ast.Call(func=ast.Name(id="zip"), args=columns):
            yield from zip(targets, columns, strict=False)
        case ast.Tuple(elts=[key, value]), ast.Call(func=ast.Attribute(value=table, attr="items")):
            yield from ((key, values), (value, table))
        case _, ast.Tuple(elts=rows) | ast.List(elts=rows):
            yield from ((target, row) for row in rows)
        case _:
            yield target, values


def _returned(function: ast.FunctionDef) -> Iterator[ast.expr | None]:
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Return | ast.Yield):
            yield node.value
        if not isinstance(node, Function):
            waiting += ast.iter_child_nodes(node)


def _parameters(function: Function) -> dict[str, tuple[int | None, ast.expr | None]]:
    """Return each parameter with its position in a call (None: by keyword alone) and its default."""
    given = [*function.args.posonlyargs, *function.args.args]
    bound = bool(given) and given[0].arg in {"self", "cls"}
    defaults = [*[None] * (len(given) - len(function.args.defaults)), *function.args.defaults]
    by_position = {a.arg: (i - bound, d) for i, (a, d) in enumerate(zip(given, defaults, strict=True))}
    by_name = {a.arg: (None, d) for a, d in zip(function.args.kwonlyargs, function.args.kw_defaults, strict=True)}
    return {**by_position, **by_name}


def _argument(call: ast.Call, name: str, position: int | None) -> ast.expr | None:
    by_name = next((keyword.value for keyword in call.keywords if keyword.arg == name), None)
    if by_name is None and position is not None and 0 <= position < len(call.args):
        return call.args[position]
    return by_name


def _filled(text: str) -> str:
    return "".join(words + (A_NUMBER if field is not None else "") for words, field, _, _ in Formatter().parse(text))
