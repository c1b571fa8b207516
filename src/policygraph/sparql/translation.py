"""A SPARQL query as one SELECT over the columns, or UncoveredError where the columns do not tell its answer.

Covered are SELECT and ASK over patterns whose subjects are of a class that the columns hold, or that a property tells, in
any graphs or the graphs of a variable; FILTER with comparisons, CONTAINS, STRSTARTS, STRENDS and STRLEN; OPTIONAL of facts of
what is there already; EXISTS; VALUES of one variable; BIND; aggregates, GROUP BY, HAVING, DISTINCT, ORDER BY and LIMIT. All
else is the engine's: what is not understood in full is not answered here.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from policygraph.sparql.block import Block, Bound, File, select
from policygraph.sparql.expressions import Expressions, is_variable
from policygraph.sparql.facts import Facts, SortOf
from policygraph.sparql.patterns import Patterns
from policygraph.sparql.sorts import Day, Figure, Fraction, Sort, UncoveredError, Whole, Words, Written

if TYPE_CHECKING:
    from rdflib.plugins.sparql.parserutils import CompValue


@dataclass(frozen=True, slots=True)
class Translated:
    """A SELECT with its named values, and the columns that it gives: variable and sort; None for one that is never bound."""

    sql: str
    values: Mapping[str, Any]
    columns: tuple[tuple[str, Sort | None], ...]
    tables: frozenset[str]
    #: whether some of it may be said in any graph
    any_graph: bool


def translate(query: CompValue, *, facts: Facts, sort: SortOf, files: Sequence[File]) -> Translated:
    """The SELECT for an rdflib algebra of a SELECT or ASK."""
    return _Query(facts, sort, files).translated(query)


class _Query:
    """The translation of one query."""

    def __init__(self, facts: Facts, sort: SortOf, files: Sequence[File]) -> None:
        self.files, self.expressions = files, Expressions()
        self.patterns = Patterns(facts, sort, files, self.expressions)

    def translated(self, query: CompValue) -> Translated:
        if query.name == "AskQuery" and query.get("datasetClause") is None:
            block = self.patterns.block(query.p.p if query.p.name == "Project" else query.p, None)
            return self.made(f"{select(block, ['1'], files=self.files)} LIMIT 1", ())
        if query.name != "SelectQuery" or query.get("datasetClause") is not None:
            raise UncoveredError
        part = query.p
        limits = ""
        if part.name == "Slice":
            limits = f" LIMIT {-1 if part.length is None else int(part.length)} OFFSET {int(part.start or 0)}"
            part = part.p
        distinct = part.name == "Distinct"
        part = part.p if distinct else part
        if part.name != "Project":
            raise UncoveredError
        variables, part = [str(variable) for variable in part.PV], part.p
        orders: list[CompValue] = []
        if part.name == "OrderBy":
            orders, part = list(part.expr), part.p
        block, grouped = self.grouped(part)
        columns = tuple((variable, block.bound[variable].sort if variable in block.bound else None) for variable in variables)
        given = [block.bound[variable].sql if variable in block.bound else "NULL" for variable in variables]
        if distinct and any(isinstance(sort, Figure) for _, sort in columns):
            raise UncoveredError
        sorted_by = [self.order(condition, block) for condition in orders]
        if distinct and not all(is_variable(condition.expr) and str(condition.expr) in variables for condition in orders):
            raise UncoveredError  # sorted by what is not given
        sql = select(block, given or ["1"], files=self.files, distinct=distinct, grouped=grouped, orders=sorted_by)
        return self.made(sql + limits, columns)

    def made(self, sql: str, columns: tuple[tuple[str, Sort | None], ...]) -> Translated:
        return Translated(sql, self.expressions.values, columns, frozenset(self.patterns.tables), self.patterns.any_graph)

    def order(self, condition: CompValue, block: Block) -> str:
        found = self.expressions.expression(condition.expr, block)
        by = found.sort.order(found.sql)
        if by is None:
            raise UncoveredError
        return f"{by} DESC" if condition.order == "DESC" else by

    def grouped(self, part: CompValue) -> tuple[Block, list[str]]:
        """The pattern, with what is made of its groups bound; and the terms of GROUP BY and HAVING where it is grouped."""
        extends: list[CompValue] = []
        above = part
        while above.name in ("Extend", "Filter"):
            extends.insert(0, above)
            above = above.p
        if above.name != "AggregateJoin":
            return self.patterns.block(part, None), []
        group = above.p
        if group.name != "Group":
            raise UncoveredError
        block = self.patterns.block(group.p, None)
        keys = [str(key) for key in group.expr or () if not hasattr(key, "name")]
        if len(keys) != len(group.expr or ()) or any(key not in block.bound for key in keys):
            raise UncoveredError
        if any(isinstance(block.bound[key].sort, Figure) for key in keys):
            raise UncoveredError
        made = {key: block.bound[key] for key in keys}
        for aggregate in above.A:
            made[str(aggregate.res)] = self.aggregate(aggregate, block, keys)
        after = replace(block, bound=made, conditions=list(block.conditions))
        having = []
        for step in extends:
            if step.name == "Filter":
                having.append(self.expressions.condition(step.expr, after))
            elif str(step.var) not in keys:
                after.bound[str(step.var)] = self.expressions.expression(step.expr, after)
        terms = [f"GROUP BY {', '.join(block.bound[key].sql for key in keys)}"] if keys else []
        if having:
            if not keys:
                raise UncoveredError
            terms.append(f"HAVING {' AND '.join(having)}")
        return after, terms

    def aggregate(self, aggregate: CompValue, block: Block, keys: Sequence[str]) -> Bound:
        kind = aggregate.name.removeprefix("Aggregate_").rstrip("_")
        distinct = "DISTINCT " if aggregate.get("distinct") else ""
        if kind == "Sample" and str(aggregate.vars) in keys:
            return block.bound[str(aggregate.vars)]
        if kind == "Count" and aggregate.vars == "*":
            if distinct:
                raise UncoveredError
            return Bound("count(*)", Whole())
        of = self.expressions.expression(aggregate.vars, block)
        if isinstance(of.sort, Figure | Written) and (distinct or kind != "Count"):
            raise UncoveredError
        if kind == "Count":
            return Bound(f"count({distinct}{of.sql})", Whole())
        if of.maybe:
            raise UncoveredError
        if kind in ("Min", "Max") and isinstance(of.sort, Whole | Fraction | Words | Day):
            return Bound(f"{kind.lower()}({of.sort.order(of.sql)})", of.sort, maybe=True)
        if kind == "Sum" and isinstance(of.sort, Whole):
            return Bound(f"coalesce(sum({distinct}{of.sql}), 0)", Whole())
        if kind == "Avg" and isinstance(of.sort, Whole | Fraction):
            return Bound(f"coalesce(mean({distinct}{of.sql}), 0)", Written())
        raise UncoveredError
