"""What the columns tell is what the engine finds: every fact of every class, questions as people ask them, and any queries of
what is covered. What is not covered is left to the engine, not guessed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import policygraph
from policygraph import PolicyGraph
from policygraph.build.pipeline import build
from policygraph.columns import write_columns
from policygraph.release.folder import DataFolder
from policygraph.settings import Settings
from policygraph.sparql.facts import Fact, Things
from policygraph.sparql.place import Place
from policygraph.sparql.sorts import Day, Figure, Fraction, Sort, Truth, Whole, Words

QUERIES = Path(policygraph.__file__).parent / "ontology" / "queries"
PREFIXES = """
PREFIX pg: <https://w3id.org/policygraph/ontology#>
PREFIX eli: <http://data.europa.eu/eli/ontology#>
PREFIX prov: <http://www.w3.org/ns/prov#>
PREFIX qudt: <http://qudt.org/schema/qudt/>
PREFIX time: <http://www.w3.org/2006/time#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
PREFIX role: <https://w3id.org/policygraph/vocabulary/role/>
PREFIX relation: <https://w3id.org/policygraph/vocabulary/relation/>
PREFIX modality: <https://w3id.org/policygraph/vocabulary/modality/>
"""

#: Questions that the columns answer. Those that end in a sort have a total order.
QUESTIONS = {
    "tasks, counted": "SELECT (COUNT(*) AS ?n) { ?task a pg:Task }",
    "tasks of one document": "SELECT (COUNT(?task) AS ?n) { GRAPH <https://w3id.org/policygraph/id/graph/doc/sichuan-yangtze-2023> { ?task a pg:Task } }",
    "tasks of a graph that is none": "SELECT (COUNT(*) AS ?n) { GRAPH <https://w3id.org/policygraph/id/graph/links> { ?task a pg:Task } }",
    "tasks by modality": "SELECT ?modality (COUNT(*) AS ?n) { GRAPH ?g { ?task a pg:Task ; pg:modality ?modality } } GROUP BY ?modality",
    "tasks by document": "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?task a pg:Task } } GROUP BY ?g ORDER BY DESC(?n) ?g",
    "tasks by document and modality, the many": "SELECT ?g ?m (COUNT(*) AS ?n) { GRAPH ?g { ?t a pg:Task ; pg:modality ?m } } GROUP BY ?g ?m HAVING (COUNT(*) > 20) ORDER BY ?g ?m",
    "tasks that contain 污水": 'SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?task a pg:Task ; pg:text ?text } FILTER(CONTAINS(?text, "污水")) }',
    "tasks that say 污水 or 废水 and no figure": 'SELECT ?text { ?t a pg:Task ; pg:text ?text FILTER((CONTAINS(?text, "污水") || CONTAINS(?text, "废水")) && !CONTAINS(?text, "%")) } ORDER BY ?text',
    "twenty tasks sorted by text": "SELECT ?task ?text { GRAPH ?g { ?task a pg:Task ; pg:text ?text } } ORDER BY ?text ?task LIMIT 20",
    "the next twenty": "SELECT ?task ?text { GRAPH ?g { ?task a pg:Task ; pg:text ?text } } ORDER BY DESC(?text) DESC(?task) LIMIT 20 OFFSET 20",
    "tasks by verb, ten most usual": "SELECT ?verb (COUNT(DISTINCT ?task) AS ?n) { ?task a pg:Task ; pg:verb ?verb } GROUP BY ?verb ORDER BY DESC(?n) ?verb LIMIT 10",
    "verbs, each once": "SELECT DISTINCT ?verb { ?task a pg:Task ; pg:verb ?verb } ORDER BY ?verb",
    "how many verbs": "SELECT (COUNT(DISTINCT ?verb) AS ?n) { ?task a pg:Task ; pg:verb ?verb }",
    "tasks that name a place": "SELECT ?place (COUNT(*) AS ?n) { GRAPH ?g { ?task a pg:Task ; pg:place ?place } } GROUP BY ?place ORDER BY DESC(?n) ?place",
    "tasks with a hedge, and what it is": "SELECT ?task ?hedge { ?task a pg:Task ; pg:hedge ?hedge }",
    "tasks with a target": "SELECT (COUNT(*) AS ?n) { ?task a pg:Task ; pg:hasTarget true }",
    "bodies that the running text names": "SELECT ?name (COUNT(*) AS ?n) { GRAPH ?g { ?task a pg:Task ; pg:actor ?actor . ?actor pg:name ?name ; prov:hadRole role:lead } } GROUP BY ?name",
    "links whose lower clause has a target": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?link a pg:ImplementationLink ; pg:source ?lower } GRAPH ?h { ?target pg:clause ?lower ; a pg:Target } }",
    "clauses that have a target, each once": "SELECT DISTINCT ?lower { ?link a pg:ImplementationLink ; pg:source ?lower . ?target pg:clause ?lower ; a pg:Target } ORDER BY ?lower",
    "links by relation, with their scores": "SELECT ?r (COUNT(*) AS ?n) (MIN(?s) AS ?least) (MAX(?s) AS ?most) (AVG(?s) AS ?mean) { ?l a pg:ImplementationLink ; pg:relation ?r ; pg:score ?s } GROUP BY ?r ORDER BY ?r",
    "sure links": "SELECT ?lower ?higher ?score { ?l a pg:ImplementationLink ; pg:source ?lower ; pg:target ?higher ; pg:score ?score FILTER(?score >= 0.9) } ORDER BY DESC(?score) ?lower ?higher",
    "links that are neither": "SELECT ?l { ?l a pg:ImplementationLink ; pg:relation ?r FILTER(?r NOT IN (relation:implements, relation:related)) } ORDER BY ?l",
    "how much is word for word": "SELECT (AVG(?v) AS ?mean) (COUNT(?v) AS ?n) { ?l a pg:ImplementationLink ; pg:verbatim ?v }",
    "demands and answers": "SELECT (SUM(?d) AS ?demands) (SUM(?a) AS ?answered) { ?l a pg:ImplementationLink ; pg:demands ?d ; pg:answered ?a }",
    "the length of quotations": "SELECT (AVG(?start) AS ?mean) (MAX(?end) AS ?last) (SUM(?start) AS ?sum) { ?t a pg:Target ; pg:start ?start ; pg:end ?end }",
    "evidence by kind": "SELECT ?kind (COUNT(*) AS ?n) (AVG(?w) AS ?mean) { GRAPH ?g { ?l pg:evidence ?m . ?m pg:evidenceKind ?kind ; pg:weight ?w } } GROUP BY ?kind ORDER BY ?kind",
    "where wording weakens": "SELECT ?lower ?wording ?against { ?l a pg:ImplementationLink ; pg:source ?lower ; pg:shift ?s . ?s pg:direction \"weaker\" ; pg:sourceText ?wording ; pg:targetText ?against }",
    "higher clauses by how many carry them out": "SELECT ?higher (COUNT(DISTINCT ?lower) AS ?n) { ?l a pg:ImplementationLink ; pg:target ?higher ; pg:source ?lower ; pg:relation relation:implements } GROUP BY ?higher ORDER BY DESC(?n) ?higher LIMIT 10",
    "links with the leads of both ends": "SELECT ?a ?b { GRAPH ?g { ?l a pg:ImplementationLink ; pg:source ?lower ; pg:target ?higher } GRAPH ?h { ?lower a pg:Clause ; pg:lead ?a } GRAPH ?i { ?higher a pg:Clause ; pg:lead ?b } }",
    "coverage by status": "SELECT ?status (COUNT(*) AS ?n) { ?c a pg:Coverage ; pg:status ?status } GROUP BY ?status ORDER BY ?status",
    "coverage by document and status": "SELECT ?title ?status (COUNT(*) AS ?n) { GRAPH ?g { ?c pg:inDocument ?d ; pg:status ?status } GRAPH ?h { ?d eli:title ?title } } GROUP BY ?title ?status",
    "targets by indicator": "SELECT ?i (COUNT(*) AS ?n) { ?t a pg:Target ; pg:indicatorName ?i } GROUP BY ?i ORDER BY DESC(?n) ?i",
    "targets with a figure over ninety": "SELECT ?text ?value { GRAPH ?g { ?t a pg:Target ; pg:text ?text ; pg:quantity ?q . ?q qudt:numericValue ?value } FILTER(?value > 90) }",
    "targets in per cent": "SELECT (COUNT(*) AS ?n) { ?t a pg:Target ; pg:quantity/pg:unitAsWritten \"%\" }",
    "targets with what they may say": "SELECT ?t ?c ?b ?h { GRAPH ?g { ?t a pg:Target OPTIONAL { ?t pg:comparator ?c } OPTIONAL { ?t pg:baseline ?b } OPTIONAL { ?t pg:hedge ?h } } } ORDER BY ?c ?t",
    "targets without a comparator": "SELECT ?text { ?t a pg:Target ; pg:text ?text OPTIONAL { ?t pg:comparator ?c } FILTER(!BOUND(?c)) } ORDER BY ?text ?t",
    "targets by when they are due": "SELECT ?due (COUNT(*) AS ?n) { GRAPH ?g { ?t a pg:Target ; pg:due ?i . ?i time:inXSDDate ?due } } GROUP BY ?due ORDER BY ?due",
    "due by the end of 2023": 'SELECT ?due ?text { GRAPH ?g { ?d a pg:Deadline ; pg:due/time:inXSDDate ?due ; pg:text ?text } FILTER(?due <= "2023-12-31"^^xsd:date) }',
    "first and last deadline": "SELECT (MIN(?due) AS ?first) (MAX(?due) AS ?last) { GRAPH ?g { ?d a pg:Deadline ; pg:due/time:inXSDDate ?due } }",
    "deadlines by precision": "SELECT ?p (COUNT(*) AS ?n) { ?d a pg:Deadline ; pg:granularity ?p } GROUP BY ?p",
    "deadlines of a precision that is not said": "SELECT ?d ?p { ?d a pg:Deadline OPTIONAL { ?d pg:granularity ?p } } ORDER BY ?p ?d",
    "comparisons by strictness and timing": "SELECT ?s ?t (COUNT(*) AS ?n) { ?l a pg:TargetLink ; pg:strictness ?s ; pg:timing ?t } GROUP BY ?s ?t ORDER BY ?s ?t",
    "the texts of targets that are compared": "SELECT ?a ?b { ?l a pg:TargetLink ; pg:source ?x ; pg:target ?y . ?x a pg:Target ; pg:text ?a . ?y a pg:Target ; pg:text ?b }",
    "bodies by role": "SELECT ?name ?role (COUNT(DISTINCT ?note) AS ?n) { GRAPH ?g { ?note pg:responsibility ?r . ?r pg:name ?name ; prov:hadRole ?role } } GROUP BY ?name ?role ORDER BY DESC(?n) ?name ?role",
    "bodies that lead and are not inherited": "SELECT ?name { GRAPH ?g { ?note pg:responsibility ?r . ?r pg:name ?name ; prov:hadRole role:lead FILTER NOT EXISTS { ?r pg:inherited true } } }",
    "who works with 生态环境厅": 'SELECT ?other (COUNT(DISTINCT ?note) AS ?n) { GRAPH ?g { ?note pg:responsibility ?a, ?b . ?a pg:name "生态环境厅" . ?b pg:name ?other FILTER(?other != "生态环境厅") } } GROUP BY ?other',
    "bodies by their identifier": "SELECT ?agency (COUNT(*) AS ?n) { ?note a pg:ResponsibilityNote ; pg:responsibility/prov:agent ?agency } GROUP BY ?agency ORDER BY ?agency",
    "leaves without a note": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?clause a pg:Clause ; pg:leaf true FILTER NOT EXISTS { ?note a pg:ResponsibilityNote ; pg:clause ?clause } } }",
    "clauses with both a target and a deadline": "SELECT (COUNT(*) AS ?n) { ?c a pg:Clause FILTER EXISTS { ?t a pg:Target ; pg:clause ?c } FILTER EXISTS { ?d a pg:Deadline ; pg:clause ?c } }",
    "clauses by kind, with the length of their text": "SELECT ?kind (COUNT(*) AS ?n) (AVG(STRLEN(?text)) AS ?mean) (MAX(STRLEN(?text)) AS ?most) { ?c a pg:Clause ; pg:kind ?kind ; pg:text ?text } GROUP BY ?kind ORDER BY ?kind",
    "clauses of an item": 'SELECT ?c { GRAPH ?g { ?item eli:number "（十）" . ?c eli:is_part_of ?item } } ORDER BY ?c',
    "clauses two steps below": "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?a a pg:Clause . ?b eli:is_part_of ?a . ?c eli:is_part_of ?b } }",
    "clauses in their order": "SELECT ?g ?order ?text { GRAPH ?g { ?c a pg:Clause ; pg:order ?order ; pg:text ?text } } ORDER BY ?g ?order",
    "clauses that begin with 到": 'SELECT ?c { ?c a pg:Clause ; pg:text ?t FILTER(STRSTARTS(?t, "到") || STRENDS(?t, "等。")) } ORDER BY ?c',
    "clauses from the tenth on": "SELECT ?c { ?c a pg:Clause ; pg:order ?o FILTER(?o >= 10 && ?o < 20) } ORDER BY ?c",
    "headings": "SELECT ?h ?n { ?c a pg:Clause ; pg:heading ?h ; eli:number ?n } ORDER BY ?h ?n ?c",
    "more of a subject after OPTIONAL": "SELECT ?t ?v ?h { GRAPH ?g { ?t a pg:Task OPTIONAL { ?t pg:hedge ?h } ?t pg:verb ?v } } ORDER BY ?v ?t",
    "more of it in its graph": "SELECT ?t ?v { ?t a pg:Task . GRAPH ?g { ?t pg:verb ?v } } ORDER BY ?v ?t",
    "what says nothing more": "SELECT ?t { ?t a pg:Target FILTER NOT EXISTS { ?t pg:due ?i } } ORDER BY ?t",
    "documents and their metadata": "SELECT ?d ?title ?number ?date { ?d a pg:PolicyDocument ; eli:title ?title OPTIONAL { ?d eli:id_local ?number } OPTIONAL { ?d eli:date_document ?date } } ORDER BY ?d",
    "documents by level": "SELECT ?level (COUNT(*) AS ?n) { ?d pg:level ?level } GROUP BY ?level ORDER BY ?level",
    "documents of the nation": 'SELECT ?title { ?d eli:title ?title ; eli:jurisdiction ?r FILTER(STRENDS(STR(?r), "/000000")) }',
    "issuers": "SELECT ?issuer (COUNT(*) AS ?n) { ?d a pg:PolicyDocument ; pg:issuer ?issuer } GROUP BY ?issuer ORDER BY ?issuer",
    "files and their characters": "SELECT ?file ?n { GRAPH ?g { ?d prov:wasDerivedFrom ?s . ?s pg:fileName ?file ; pg:characters ?n } } ORDER BY DESC(?n)",
    "citations by document": "SELECT ?title (COUNT(*) AS ?n) { GRAPH ?g { ?c a pg:Citation ; prov:wasQuotedFrom ?d . ?d eli:title ?title } } GROUP BY ?title",
    "what documents rest on": "SELECT ?title ?number { ?c a pg:Citation ; pg:citedTitle ?title ; pg:basis true OPTIONAL { ?c pg:citedNumber ?number } }",
    "findings by kind": "SELECT ?kind (COUNT(*) AS ?n) { ?f a pg:Finding ; pg:findingKind ?kind } GROUP BY ?kind ORDER BY DESC(?n) ?kind",
    "is anything due": "ASK { ?d a pg:Deadline ; pg:due ?i }",
    "does any task say 火星": 'ASK { ?t a pg:Task ; pg:text ?x FILTER(CONTAINS(?x, "火星")) }',
    "some statuses": "SELECT ?s (COUNT(*) AS ?n) { VALUES ?s { <https://w3id.org/policygraph/vocabulary/coverage/absent> <https://w3id.org/policygraph/vocabulary/coverage/new> } ?c a pg:Coverage ; pg:status ?s } GROUP BY ?s",
    "the length of texts": "SELECT ?t (STRLEN(?x) AS ?n) { ?t a pg:Target ; pg:text ?x } ORDER BY DESC(?n) ?t LIMIT 7",
    "a name given to it": "SELECT ?long (COUNT(*) AS ?n) { ?t a pg:Target ; pg:text ?x BIND(STRLEN(?x) AS ?long) } GROUP BY ?long ORDER BY ?long",
    "the least of texts": "SELECT (MIN(?x) AS ?first) (MAX(?v) AS ?last) { ?t a pg:Task ; pg:text ?x ; pg:verb ?v }",
    "of nothing": 'SELECT (COUNT(?t) AS ?n) (SUM(?s) AS ?sum) (AVG(?s) AS ?mean) (MAX(?s) AS ?most) { ?t a pg:Task ; pg:verb "吃" ; pg:start ?s }',
    "what persons judged": "SELECT ?verdict (COUNT(*) AS ?n) { ?t a pg:Task ; pg:verdict ?verdict } GROUP BY ?verdict ORDER BY ?verdict",
    "all variables": "SELECT * { GRAPH ?g { ?d a pg:Deadline ; pg:text ?text ; pg:clause ?clause } }",
}  # fmt: skip

#: Questions that they do not answer: each is the engine's.
UNCOVERED = {
    "no class": "SELECT * { ?s pg:text ?text } LIMIT 3",
    "a variable property": "SELECT ?p (COUNT(*) AS ?n) { ?t a pg:Task ; ?p ?o } GROUP BY ?p",
    "a variable class": "SELECT ?c (COUNT(*) AS ?n) { ?t a ?c } GROUP BY ?c",
    "the rule, which most tasks do not say": "SELECT * { ?t a pg:Task ; pg:rule ?rule }",
    "the end of a task, where its text does not tell it": "SELECT * { ?t a pg:Task ; pg:end ?end }",
    "the document of a task, which its clause says": "SELECT * { ?t a pg:Task ; prov:wasQuotedFrom ?d }",
    "what is derived": "SELECT * { ?c a pg:Coverage ; pg:saying ?text }",
    "a path of any length": "SELECT * { ?c a pg:Clause ; eli:is_part_of+ ?d }",
    "either property": "SELECT * { ?t a pg:Target ; pg:source|pg:clause ?d }",
    "a pattern of signs": 'SELECT * { ?t a pg:Task ; pg:text ?x FILTER(REGEX(?x, "^到")) }',
    "two patterns": "SELECT * { { ?t a pg:Task } UNION { ?t a pg:Target } }",
    "without": "SELECT * { ?t a pg:Task MINUS { ?t pg:hasTarget true } }",
    "a query within": "SELECT * { { SELECT ?t { ?t a pg:Task } LIMIT 3 } }",
    "triples": "CONSTRUCT { ?t pg:text ?x } { ?t a pg:Task ; pg:text ?x }",
    "named graphs": "SELECT * FROM <https://w3id.org/policygraph/id/graph/links> { ?t a pg:Task }",
    "texts of two languages": "SELECT * { ?t a pg:Task ; pg:text ?x FILTER(?x = \"污水\"@en) }",
    "texts put together": "SELECT (GROUP_CONCAT(?v) AS ?all) { ?t a pg:Task ; pg:verb ?v }",
    "a filter on what is not bound there": "SELECT * { ?t a pg:Task { ?d a pg:Deadline FILTER(BOUND(?t)) } }",
    "a figure told apart, of which 98 and 98.0 are two": "SELECT DISTINCT ?v { ?t a pg:Target ; pg:quantity/qudt:numericValue ?v }",
    "a sort of days and months": "SELECT ?title { ?d eli:title ?title ; eli:date_document ?date } ORDER BY DESC(?date) ?title",
    "what several graphs say, which the engine counts as often": "SELECT * { ?d prov:wasDerivedFrom/pg:sha256 ?sha256 }",
    "a day, which several graphs say": "SELECT * { ?d a pg:Deadline ; pg:due/time:inXSDDate ?due }",
    "nothing": "SELECT * {}",
    "an optional of others": "SELECT * { ?c a pg:Clause OPTIONAL { ?t a pg:Target ; pg:clause ?c } }",
}  # fmt: skip


def same(both: Any, query: str) -> None:
    """The columns tell the rows that the engine finds; in its order, where that sorts by something."""
    told = both.told(query)
    assert told is not None, f"not covered: {query}"
    found = both.found(query)
    assert told[0] == found[0] and Counter(told) == Counter(found), query
    if "ORDER BY" in query:
        assert told == found, query


@pytest.mark.parametrize("name", QUESTIONS)
def test_questions_have_the_answer_of_the_engine(both: Any, name: str) -> None:
    same(both, PREFIXES + QUESTIONS[name])


@pytest.mark.parametrize("name", UNCOVERED)
def test_what_is_not_covered_is_left_to_the_engine(both: Any, name: str) -> None:
    assert both.told(PREFIXES + UNCOVERED[name]) is None


@pytest.mark.parametrize("path", sorted(QUERIES.glob("*.rq")), ids=lambda path: path.stem)
def test_competency_queries_have_the_answer_of_the_engine(both: Any, path: Path) -> None:
    query = path.read_text("utf-8")
    told = both.told(query)
    if path.stem in ("06-agency", "06-partners", "07-no-deadline", "07-no-lead", "09-citations", "10-shifts", "11-words", "12-evidence"):
        assert told is not None
    assert told is None or Counter(told) == Counter(both.found(query))


@pytest.mark.slow
def test_every_fact_is_what_the_graph_says(both: Any) -> None:
    facts = both.statistics.facts
    for type_, things in facts.by_type.items():
        for graph in ("{{ {} }}", "{{ GRAPH ?g {{ {} }} }}"):
            same(both, "SELECT * " + graph.format(f"?s a <{type_}>"))
            for property_ in (*things.facts, *things.inner):
                same(both, "SELECT * " + graph.format(f"?s a <{type_}> ; <{property_}> ?o"))
            for property_, inner in things.inner.items():
                for within, fact in inner.things.facts.items():
                    if fact.elsewhere and "GRAPH" not in graph:
                        continue
                    same(both, "SELECT * " + graph.format(f"?s a <{type_}> ; <{property_}> ?o . ?o <{within}> ?v"))
    for property_ in facts.by_property:
        for graph in ("{{ {} }}", "{{ GRAPH ?g {{ {} }} }}"):
            same(both, "SELECT * " + graph.format(f"?s <{property_}> ?o"))


@pytest.mark.parametrize(
    "query", ["SELECT * { ?t a pg:Task", "SELECT ?a (COUNT(*) AS ?n) { ?a a <x:b> } GROUP BY ?b", "SELECT ?x { ?t a nothing:Task }"]
)
def test_what_is_no_sparql_is_an_error(both: Any, query: str) -> None:
    with pytest.raises(SyntaxError):
        both.told(query)


def test_record_that_is_named_is_the_engines_to_find(both: Any) -> None:
    quick = both.statistics.is_quick_elsewhere
    assert quick("SELECT * { <https://w3id.org/policygraph/id/doc/a/item_1> ?p ?o }")
    assert quick("PREFIX d: <https://w3id.org/policygraph/id/doc/> SELECT * { d:a ?p ?o }")
    assert not quick("SELECT * { ?d eli:jurisdiction <https://w3id.org/policygraph/id/region/510000> }")


# -- any queries of what is covered ---------------------------------------------------------------------------------


class Writer:
    """Writes a query: one or two subjects with some of their facts, in one graph, in two or in any; then conditions, and what
    is asked of it."""

    def __init__(self, draw: st.DrawFn, both: Any) -> None:
        self.draw, self.both = draw, both
        self.facts = both.statistics.facts
        self.sorts: dict[str, Sort] = {}
        self.maybe: set[str] = set()
        self.scoped = draw(st.booleans())
        self.documents = self.facts.by_type["https://w3id.org/policygraph/ontology#PolicyDocument"].identity.sort

    def one_of(self, values: Any) -> Any:
        return self.draw(st.sampled_from(sorted(values, key=str)))

    def chance(self, share: float) -> bool:
        return self.draw(st.integers(0, 99)) < share * 100

    def fresh(self, sort: Sort) -> str:
        name = f"?v{len(self.sorts)}"
        self.sorts[name] = sort
        return name

    def query(self) -> str:
        first = self.one_of(self.facts.by_type)
        blocks = [self.subject("?a", self.facts.by_type[first])]
        references = self.references(self.facts.by_type[first])
        if references and self.chance(0.4):
            blocks.append(self.other(blocks[0], references))
        tail = self.filters() + (self.exists(self.facts.by_type[first]) if self.chance(0.2) else "")
        if self.scoped:
            if len(blocks) > 1 and self.chance(0.5):
                where = " ".join(f"GRAPH ?g{at} {{ {block} }}" for at, block in enumerate(blocks)) + self.filters()
            else:
                where = f"GRAPH ?g {{ {' '.join(blocks)} {tail} }}"
        else:
            where = " ".join(blocks) + tail
        return self.asked(where)

    def subject(self, name: str, things: Things) -> str:
        self.sorts[name] = things.identity.sort
        parts = [f"{name} a <{things.type}> ."]
        for property_ in self.some(things.facts, 3):
            parts.append(f"{name} <{property_}> {self.value(things, property_, things.facts[property_])} .")
        for property_ in self.some(things.inner, 1) if self.chance(0.3) else ():
            inner = things.inner[property_]
            within = self.fresh(inner.identity.sort)
            parts.append(f"{name} <{property_}> {within} .")
            for each in self.some({key: fact for key, fact in inner.things.facts.items() if self.scoped or not fact.elsewhere}, 2):
                parts.append(f"{within} <{each}> {self.fresh(inner.things.facts[each].sort)} .")
        for property_ in self.some({key: fact for key, fact in things.facts.items() if not fact.each}, 2) if self.chance(0.3) else ():
            value = self.fresh(things.facts[property_].sort)
            self.maybe.add(value)
            parts.append(f"OPTIONAL {{ {name} <{property_}> {value} }}")
        return " ".join(parts)

    def some(self, values: Any, most: int) -> list[Any]:
        return self.draw(st.lists(st.sampled_from(sorted(values)), max_size=most, unique=True)) if values else []

    def value(self, things: Things, property_: str, fact: Fact) -> str:
        known = self.both.values(things.type, property_)
        if known and self.chance(0.25) and not isinstance(fact.sort, Figure):
            return str(self.one_of(known))
        return self.fresh(fact.sort)

    def references(self, things: Things) -> list[tuple[str, Fact]]:
        return [(key, fact) for key, fact in sorted(things.facts.items()) if fact.sort == self.documents and not fact.each]

    def other(self, block: str, references: list[tuple[str, Fact]]) -> str:
        property_, _ = self.one_of(references)
        second = self.facts.by_type[self.one_of(self.facts.by_type)]
        own = self.references(second)
        if own and self.chance(0.4):
            shared = self.fresh(self.documents)
            back, _ = self.one_of(own)
            return f"?a <{property_}> {shared} . {self.subject('?b', second)} ?b <{back}> {shared} ."
        return f"?a <{property_}> ?b . {self.subject('?b', second)}" if second.identity.sort == self.documents else f"?a <{property_}> {self.fresh(self.documents)} ."

    def exists(self, things: Things) -> str:
        name = self.one_of(["EXISTS", "NOT EXISTS"])
        targets = [key for key, type_ in self.facts.by_type.items() if self.references(type_)]
        other = self.one_of(targets)
        property_, _ = self.one_of(self.references(self.facts.by_type[other]))
        own = [variable for variable, sort in self.sorts.items() if sort == self.documents and variable not in self.maybe]
        if not own:
            return ""
        return f" FILTER {name} {{ ?e a <{other}> ; <{property_}> {self.one_of(own)} }}"

    def filters(self) -> str:
        usable = {name: sort for name, sort in self.sorts.items() if isinstance(sort, Words | Whole | Fraction | Truth | Figure)}
        if not usable or self.chance(0.4):
            return ""
        conditions = [self.condition(usable) for _ in range(self.draw(st.integers(1, 2)))]
        return f" FILTER({self.one_of([' && ', ' || ']).join(conditions)})"

    def condition(self, usable: dict[str, Sort]) -> str:
        name = self.one_of(usable)
        match usable[name]:
            case Words():
                word = self.draw(st.sampled_from(["污水", "治理", "到2025年", "", "%", "。", "a", "体系建设", "生态环境厅"]))
                made = f'{self.one_of(["CONTAINS", "STRSTARTS", "STRENDS"])}({name}, "{word}")'
                if self.chance(0.2):
                    made = f"STRLEN({name}) {self.one_of(['<', '>=', '='])} {self.draw(st.integers(0, 40))}"
            case Truth():
                made = name
            case _:
                number = self.draw(st.sampled_from(["0", "1", "0.5", "0.35", "12", "90", "400.0", "2000"]))
                made = f"{name} {self.one_of(['<', '<=', '>', '>=', '=', '!='])} {number}"
        return f"!({made})" if self.chance(0.25) else made

    def asked(self, where: str) -> str:
        if self.chance(0.05):
            return f"ASK {{ {where} }}"
        keys = [name for name, sort in self.sorts.items() if not isinstance(sort, Figure)]
        if self.chance(0.4):
            by = self.some(keys, 2)
            numbers = [name for name, sort in self.sorts.items() if isinstance(sort, Whole | Fraction) and name not in self.maybe]
            what = ["(COUNT(*) AS ?n)"]
            if numbers:
                number = self.one_of(numbers)
                what += [f"({self.one_of(['MIN', 'MAX', 'AVG'])}({number}) AS ?m)"]
            what += [f"(COUNT({self.one_of(['', 'DISTINCT '])}{self.one_of(keys)}) AS ?c)"]
            having = f" HAVING (COUNT(*) > {self.draw(st.integers(0, 3))})" if by and self.chance(0.3) else ""
            grouped = f" GROUP BY {' '.join(by)}{having}" if by else ""
            return f"SELECT {' '.join([*by, *what])} {{ {where} }}{grouped}"
        given = self.some(keys, 3) or [keys[0]]
        sortable = [name for name in given if not isinstance(self.sorts[name], Day)]
        order = limit = ""
        if sortable == given and self.chance(0.5):
            order = " ORDER BY " + " ".join(f"{self.one_of(['', 'DESC'])}({name})" for name in given)
            limit = f" LIMIT {self.draw(st.integers(0, 20))} OFFSET {self.draw(st.integers(0, 3))}" if self.chance(0.5) else ""
        return f"SELECT {self.one_of(['', 'DISTINCT '])}{' '.join(given)} {{ {where} }}{order}{limit}"


@pytest.mark.slow
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(data=st.data())
def test_any_covered_query_has_the_answer_of_the_engine(both: Any, data: st.DataObject) -> None:
    query = data.draw(st.composite(lambda draw: Writer(draw, both).query())())
    told = both.told(query)
    assert told is not None, f"not covered: {query}"
    found = both.found(query)
    same_rows = told == found if "ORDER BY" in query else Counter(told) == Counter(found)
    assert same_rows, (query, told[:5], found[:5])


def test_columns_of_another_program_are_not_asked(both: Any) -> None:
    """It may have said other things of a record in the graph."""
    release = both.release
    assert Place.of(release) is not None
    assert Place.of(replace(release, manifest=replace(release.manifest, program="0.1.0+0123456789ab"))) is None


def test_library_and_command_need_no_store_for_what_the_columns_tell(small_corpus: Path, tmp_path: Path, cli: Any) -> None:
    release = build(small_corpus, tmp_path / "data", settings=Settings(encoder="none", store_statements=100)).release
    query = PREFIXES + "SELECT ?verb ?hedge (COUNT(*) AS ?n) { ?t a pg:Task ; pg:verb ?verb OPTIONAL { ?t pg:hedge ?hedge } } GROUP BY ?verb ?hedge"
    with PolicyGraph.open(tmp_path / "data") as graph:
        told = graph.sparql(query)
        assert graph.sparql(PREFIXES + "ASK { ?t a pg:Task }")[0]["boolean"] == "true"
        assert not release.store.exists()
        before: list[str] = []
        assert not graph.sparql(PREFIXES + "SELECT * { ?t a pg:Task MINUS { ?t pg:text ?x } }", before_store=lambda: before.append("made"))
        assert before == ["made"] and release.store.exists()
        rows, columns = graph.reader.query(query)
        assert told.columns == columns
        assert Counter(str(sorted(row.items())) for row in told) == Counter(str(sorted(row.items())) for row in rows)
    shutil.rmtree(release.store)
    said = cli("sparql", "-e", query, "--data", tmp_path / "data", "--json")
    assert said.returncode == 0 and "Making" not in said.stderr and len(json.loads(said.stdout)) == len(told)
    wrong = cli("sparql", "-e", "SELECT * { ?t a", "--data", tmp_path / "data")
    assert wrong.returncode and "cannot be parsed" in wrong.stderr and not release.store.exists()


@pytest.mark.parametrize("noted", [True, False])
def test_records_with_one_id_are_left_to_the_engine(asked: Any, small_data: Path, tmp_path: Path, noted: bool) -> None:
    """The graph says of them what both rows have, each with each. Files of an earlier program do not note it."""
    shutil.copytree(small_data, tmp_path / "data", symlinks=True)
    release = DataFolder(tmp_path / "data").current()
    query = PREFIXES + "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?c a pg:Clause ; pg:kind ?k } }"
    assert asked(release).told(query) is not None
    with PolicyGraph.open(tmp_path / "data") as graph:
        records, parts = dict(graph.records), graph.columns.parts
        document, found = next((name, records[name]) for name in records)
        first, second, *others = found.clauses
        records[document] = replace(
            graph.columns.records(document), clauses=(first, replace(second, id=first.id), *others)
        )
        shutil.rmtree(release.columns)
        write_columns(release.columns, parts, load=lambda part: graph.columns.links_of(*part.name) if part.higher else records[part.lower])
    if not noted:
        with sqlite3.connect(release.columns / "all.sqlite") as connection:
            connection.execute("DELETE FROM facts WHERE name LIKE 'doubled %'")
    assert asked(release).told(query) is None
    assert asked(release).told(PREFIXES + "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?t a pg:Task } }") is not None
