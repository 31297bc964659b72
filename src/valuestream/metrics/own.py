"""A user's own metric: one aggregate expression, let through node by node.

The engine parses the expression into a tree (`engine/parse.py`); here every node of the tree must be one that is known
to be harmless, every function must be on the list, every column one of the table's. What is let through is written
back to SQL from the tree, so that no comment, no quote and no second statement of the text survives.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from valuestream.errors import ConfigError
from valuestream.metrics.columns import COLUMNS
from valuestream.metrics.metric import Clock, Metric
from valuestream.metrics.time import ITEM_GROUPS, VISIT_GROUPS
from valuestream.stream import Own

Tree = Mapping[str, Any]

PERCENTILES = frozenset({"quantile_cont", "quantile_disc", "median", "percentile_cont", "percentile_disc"})
AGGREGATES = PERCENTILES | {
    "count", "count_star", "sum", "avg", "mean", "min", "max", "stddev", "stddev_samp", "stddev_pop", "variance",
    "var_samp", "var_pop", "corr",
}  # fmt: skip
FUNCTIONS = frozenset({
    "+", "-", "*", "/", "//", "%", "abs", "ceil", "ceiling", "floor", "round", "sqrt", "ln", "exp", "log10", "power",
    "pow", "greatest", "least", "nullif", "sign",
})  # fmt: skip
OPERATORS = frozenset({
    "OPERATOR_NOT", "OPERATOR_IS_NULL", "OPERATOR_IS_NOT_NULL", "OPERATOR_COALESCE", "COMPARE_IN", "COMPARE_NOT_IN",
})  # fmt: skip
COMPARISONS = frozenset({
    "COMPARE_EQUAL", "COMPARE_NOTEQUAL", "COMPARE_LESSTHAN", "COMPARE_GREATERTHAN", "COMPARE_LESSTHANOREQUALTO",
    "COMPARE_GREATERTHANOREQUALTO", "COMPARE_DISTINCT_FROM", "COMPARE_NOT_DISTINCT_FROM",
})  # fmt: skip
NUMBERS = frozenset({"INTEGER", "BIGINT", "DOUBLE", "FLOAT", "DECIMAL", "HUGEINT", "BOOLEAN", "SMALLINT", "TINYINT"})
EMPTY_SELECT: dict[str, Any] = {
    "modifiers": [], "where_clause": None, "group_expressions": [], "group_sets": [], "having": None, "sample": None,
    "qualify": None, "aggregate_handling": "STANDARD_HANDLING",
}  # fmt: skip
CLOCKS: Mapping[str, tuple[Clock, ...]] = {
    "items": ("finished", "committed", "instant"),
    "visits": ("left_at", "entered", "instant"),
}
MOST_LETTERS, MOST_NODES, DEEPEST = 2_000, 500, 60

Codes = Callable[[str, str], int]
"""The code of a word in a coded column: (column, word) -> code; UnknownName lists the words."""


def metric(own: Own, tree: Tree, codes: Codes, write: Callable[[Tree], str]) -> Metric:
    """The metric that a user's expression is.

    tree    the whole statement `SELECT expression` as the engine parsed it
    codes   of words that the expression compares type, team, stage, outcome and ways with
    write   the engine's way back from a tree to SQL

    A ConfigError names the metric and what in it is not let through.
    """
    node = _only(own, tree)
    walk = _Walk(own, codes)
    checked = walk.expression(node["select_list"][0], inside=False)
    if not walk.aggregates:
        raise _refused(own, "It has no aggregate", "Sum something up: `avg(wait_s)`, `count(*) FILTER (WHERE ...)`.")
    sql = write({**tree, "statements": [{"node": {**node, "select_list": [checked]}, "named_param_map": []}]})
    return Metric(
        own.name,
        over=own.over,
        clock=own.clock or CLOCKS[own.over][0],
        unit=own.unit,
        better=own.better,
        asks=own.asks or own.name.replace("_", " ").capitalize() + "?",
        rule="The user's own: the expression below over the window's rows.",
        sql=sql.removeprefix("SELECT ").rstrip("; "),
        by=ITEM_GROUPS if own.over == "items" else VISIT_GROUPS,
        percentile=walk.percentile,
        own=True,
    )


def _only(own: Own, tree: Tree) -> Mapping[str, Any]:
    """The one SELECT of one expression, without anything else."""
    if len(own.sql) > MOST_LETTERS:
        raise _refused(own, f"It has {len(own.sql):,} letters", f"Keep it under {MOST_LETTERS:,}.")
    if tree.get("error"):
        raise _refused(own, f"It is no SQL: {tree.get('error_message')}", "Write one expression: `avg(lead_s)`.")
    statements = tree["statements"]
    if len(statements) != 1:
        raise _refused(own, f"It is {len(statements)} statements", "Write one expression and no semicolon.")
    node: Mapping[str, Any] = statements[0]["node"]
    plain = node.get("type") == "SELECT_NODE" and node.get("from_table", {}).get("type") == "EMPTY"
    plain = plain and all(node.get(key) == value for key, value in EMPTY_SELECT.items())
    if not plain or node.get("cte_map", {}).get("map") or len(node["select_list"]) != 1:
        raise _refused(own, "It is more than one expression", f"Write what stands behind SELECT, over {own.over} only.")
    if statements[0].get("named_param_map"):
        raise _refused(own, "It has parameters", "Write the values themselves.")
    return node


def _refused(own: Own, what: str, hint: str) -> ConfigError:
    said = own.sql if len(own.sql) <= 80 else own.sql[:77] + "..."
    return ConfigError(f"Metric {own.name!r}: {what} ({said}).", hint)


class _Walk:
    """Goes through a tree, lets nodes through one by one, and puts codes for words."""

    def __init__(self, own: Own, codes: Codes) -> None:
        self.own, self.codes = own, codes
        self.aggregates = 0
        self.percentile = False
        self.nodes = self.depth = 0
        self.columns = COLUMNS[own.over]

    def expression(self, node: Any, *, inside: bool) -> Tree:
        """A copy of a node that is let through. `inside`: within an aggregate already."""
        self.nodes += 1
        self.depth += 1
        if self.nodes > MOST_NODES or self.depth > DEEPEST:
            raise _refused(self.own, "It is too long", "Keep it to what one line says.")
        made = self._through(node, inside)
        self.depth -= 1
        return made

    def _through(self, node: Tree, inside: bool) -> Tree:
        kind = node.get("class")
        found = {
            "CONSTANT": self._constant, "COLUMN_REF": self._column, "FUNCTION": self._function,
            "OPERATOR": self._operator, "COMPARISON": self._comparison, "CONJUNCTION": self._conjunction,
            "BETWEEN": self._between, "CASE": self._case, "CAST": self._cast,
        }.get(str(kind))  # fmt: skip
        if found is None:
            said = {"SUBQUERY": "a subquery", "WINDOW": "a window function", "STAR": "a star", "LAMBDA": "a lambda"}
            hint = "Only sums over the columns of the table: see the page of metrics."
            raise _refused(self.own, f"{said.get(str(kind), str(kind)).capitalize()} is not let through", hint)
        if node.get("alias"):
            node = {**node, "alias": ""}
        return found(node, inside)

    def _each(self, node: Tree, inside: bool, *keys: str) -> Tree:
        made = dict(node)
        for key in keys:
            part = node.get(key)
            if isinstance(part, list):
                made[key] = [self.expression(one, inside=inside) for one in part]
            elif part is not None:
                made[key] = self.expression(part, inside=inside)
        return made

    def _constant(self, node: Tree, inside: bool) -> Tree:
        value = node.get("value", {})
        if not value.get("is_null") and value.get("type", {}).get("id") not in NUMBERS:
            hint = "Words are compared with coded columns only: `type = 'Bug'`, `stage IN ('Dev', 'Test')`."
            raise _refused(self.own, f"The constant {value.get('value')!r} is no number", hint)
        return node

    def _column(self, node: Tree, inside: bool) -> Tree:
        names = node.get("column_names", [])
        name = names[0] if len(names) == 1 else ".".join(map(str, names))
        if name not in self.columns:
            raise _refused(self.own, f"No column {name!r} in {self.own.over}", f"Known: {', '.join(self.columns)}.")
        if not inside:
            raise _refused(self.own, f"{name!r} stands outside of an aggregate", f"Sum it up: `avg({name})`.")
        return node

    def _function(self, node: Tree, inside: bool) -> Tree:
        name = str(node.get("function_name", "")).lower()
        if node.get("schema") not in ("", None) or node.get("catalog") not in ("", None) or node.get("export_state"):
            raise _refused(self.own, f"The function {name!r} is named in full", "Write its name alone.")
        if name in AGGREGATES:
            if inside:
                raise _refused(self.own, f"{name!r} stands inside another aggregate", "One aggregate at a time.")
            self.aggregates += 1
            self.percentile = self.percentile or name in PERCENTILES
            return self._each(self._unordered(node), True, "children", "filter")
        if name not in FUNCTIONS:
            raise _refused(
                self.own, f"The function {name!r} is not let through", f"Known: {', '.join(sorted(AGGREGATES))}, "
                f"{', '.join(sorted(name for name in FUNCTIONS if name.isalnum()))}."
            )  # fmt: skip
        if node.get("filter") or node.get("distinct") or (node.get("order_bys") or {}).get("orders"):
            raise _refused(self.own, f"{name!r} is no aggregate", "Only aggregates take FILTER, DISTINCT and ORDER BY.")
        return self._each(node, inside, "children")

    def _unordered(self, node: Tree) -> Tree:
        """`percentile_cont(p) WITHIN GROUP (ORDER BY x)` as quantile_cont(x, p), which survives the way back to SQL."""
        orders = (node.get("order_bys") or {}).get("orders", [])
        if not orders:
            return node
        if len(orders) > 1 or node["function_name"] not in PERCENTILES or orders[0]["type"] == "DESCENDING":
            raise _refused(self.own, "This ORDER BY is not let through", "Only percentiles have one, rising.")
        children = [orders[0]["expression"], *node["children"]]
        return {**node, "children": children, "order_bys": {**node["order_bys"], "orders": []}}

    def _operator(self, node: Tree, inside: bool) -> Tree:
        if node.get("type") not in OPERATORS:
            raise _refused(self.own, f"{node.get('type')} is not let through", "Use comparisons, IN, IS NULL, NOT.")
        if node["type"] in ("COMPARE_IN", "COMPARE_NOT_IN"):
            return {**node, "children": self._coded(node["children"], inside)}
        return self._each(node, inside, "children")

    def _comparison(self, node: Tree, inside: bool) -> Tree:
        if node.get("type") not in COMPARISONS:
            raise _refused(self.own, f"{node.get('type')} is not let through", "Use =, <>, <, <=, >, >=.")
        if node["type"] not in ("COMPARE_EQUAL", "COMPARE_NOTEQUAL"):
            return self._each(node, inside, "left", "right")
        left, right = self._coded([node["left"], node["right"]], inside)
        return {**node, "left": left, "right": right}

    def _coded(self, nodes: Sequence[Any], inside: bool) -> list[Tree]:
        """A comparison's sides, with codes for the words that a coded column is compared with."""
        column = next((one["column_names"][-1] for one in nodes if one.get("class") == "COLUMN_REF"), "")
        made = []
        for one in nodes:
            value = one.get("value") or {}
            if one.get("class") == "CONSTANT" and value.get("type", {}).get("id") == "VARCHAR":
                code = self.codes(column, str(value.get("value")))
                number = {"type": {"id": "INTEGER", "type_info": None}, "is_null": False, "value": code}
                one = {**one, "alias": "", "value": number}
            made.append(self.expression(one, inside=inside))
        return made

    def _conjunction(self, node: Tree, inside: bool) -> Tree:
        return self._each(node, inside, "children")

    def _between(self, node: Tree, inside: bool) -> Tree:
        return self._each(node, inside, "input", "lower", "upper")

    def _case(self, node: Tree, inside: bool) -> Tree:
        made = dict(self._each(node, inside, "else_expr"))
        checks = node.get("case_checks", [])
        made["case_checks"] = [self._each(check, inside, "when_expr", "then_expr") for check in checks]
        return made

    def _cast(self, node: Tree, inside: bool) -> Tree:
        if node.get("cast_type", {}).get("id") not in NUMBERS:
            raise _refused(self.own, f"A cast to {node.get('cast_type', {}).get('id')}", "Cast to a number.")
        return self._each(node, inside, "child")
