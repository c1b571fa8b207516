"""The data dictionary and the JSON-LD context, made from the ontology and the mapping table.

`python -m policygraph.graph.dictionary DOCS ONTOLOGY` writes `data-dictionary.md` and `context.jsonld` into these two
folders; a test says when they are out of step.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from policygraph.graph import terms
from policygraph.graph.codebook import of_records
from policygraph.graph.schema import (
    Concept,
    Day,
    Flag,
    Moment,
    Number,
    RecordType,
    Resource,
    Score,
    Text,
    all_types,
)
from policygraph.graph.vocabulary import ONTOLOGY_FOLDER

#: Properties of others' vocabularies that the graph uses beside the table, with what they carry.
BORROWED = {
    "rdf:type": "类 · The class.",
    "eli:passed_by": "解析出的发文机构 · The issuing bodies, resolved.",
    "eli:cites": "条款引用的文件 · What a clause cites.",
    "eli:repeals": "文件所废止的文件 · What a document puts out of force.",
    "eli:based_on": "文件的依据 · What a document rests on.",
    "eli:ensures_implementation_of": "图 implementation：成立的落实关系 · Links held to be right, in a graph of their own.",
    "prov:wasDerivedFrom": "文件的来源文本 · The stored text of a document.",
    "prov:wasGeneratedBy": "一份文件的图、一条关系的生成活动：程序版本与输入 · What made a document's graph, or a link: program version and inputs.",
    "prov:used": "活动的输入文本 · The texts an activity read.",
    "prov:wasAssociatedWith": "活动的程序 · The program of an activity.",
    "qudt:hasUnit": "QUDT 单位，无则自铸 · The QUDT unit, or a minted one where QUDT has none.",
    "time:inXSDDate": "日期 · The date of an instant.",
    "time:hasBeginning": "期间的第一天 · First day of an interval.",
    "time:hasEnd": "期间的最后一天 · Last day of an interval.",
    "skos:prefLabel": "首选名 · Preferred name.",
    "skos:altLabel": "其他名称 · Other names.",
    "skos:broader": "上位 · The broader concept.",
    "skos:notation": "代码 · Code.",
    "skos:exactMatch": "等同的 QUDT 单位 · The same unit in QUDT.",
    "skos:inScheme": "所属词表 · The scheme of a concept.",
    "skos:definition": "定义 · Definition.",
    "skos:memberList": "有序集合的成员 · Members of an ordered collection.",
    "rdf:first": "列表的首项 · First of a list.",
    "rdf:rest": "列表的其余 · Rest of a list.",
    "rdfs:label": "术语名称 · Name of a term.",
    "rdfs:comment": "术语含义 · Meaning of a term.",
    "rdfs:domain": "定义域 · Domain of a property.",
    "rdfs:range": "值域 · Range of a property.",
    "rdfs:subClassOf": "上位类 · Super class.",
    "rdfs:subPropertyOf": "上位属性 · Super property.",
    "owl:deprecated": "不再写出，旧发布中有 · No longer written; releases of older formats have it.",
    "owl:versionInfo": "本体版本 · Version of the ontology.",
    "dcterms:title": "题名（数据集、本体） · Title of dataset and ontology.",
    "dcterms:description": "说明 · Description.",
    "dcterms:date": "日期（机构改革） · Date of a reform.",
    "dcterms:identifier": "发布标识 · Id of the release.",
    "dcterms:language": "语言 · Language.",
    "dcterms:conformsTo": "所依本体 · The ontology the data follow.",
    "dcterms:hasPart": "数据集所含文件 · Documents of the dataset.",
    "dcat:version": "程序版本 · Program version.",
    "void:uriSpace": "资源 IRI 的前缀 · What resource IRIs begin with.",
    "void:vocabulary": "所用词汇表 · Vocabularies in use.",
    "void:triples": "三元组数 · Triples.",
    "void:subset": "命名图 · Named graphs.",
    "void:classPartition": "按类计数 · Counts by class.",
    "void:class": "所计之类 · The class that is counted.",
    "void:entities": "记录数 · Records.",
}
_XSD = {Number: None, Score: "xsd:decimal", Day: "xsd:date"}


def context() -> dict[str, Any]:
    """The JSON-LD context: prefixes, and a short name for each class and property, typed where one type is sure."""
    found: dict[str, Any] = {prefix: iri for prefix, iri in terms.PREFIXES.items() if prefix != "voc"}
    found["voc"] = {"@id": terms.PREFIXES["voc"], "@prefix": True}
    for kind in all_types():
        found[kind.type.partition(":")[2]] = kind.type
        for span in kind.spans:
            for property_ in span.properties:
                found.setdefault(_key(property_), {"@id": property_})
        for property_ in [node.property for node in kind.nodes] + [nested.property for nested in kind.nested]:
            found.setdefault(_key(property_), {"@id": property_, "@type": "@id"})
        for field in kind.fields:
            key = _key(field.property)
            if isinstance(field.codec, Resource | Concept | Moment):
                found.setdefault(key, {"@id": field.property, "@type": "@id"})
            elif isinstance(field.codec, Score | Day):
                found.setdefault(key, {"@id": field.property, "@type": _XSD[type(field.codec)]})
            elif isinstance(field.codec, Text) and field.codec.language:
                found.setdefault(key, {"@id": field.property, "@language": field.codec.language})
            elif isinstance(field.codec, Text | Flag | Number):
                found.setdefault(key, {"@id": field.property})
            if field.each:
                found.setdefault(_key(field.each), {"@id": field.each})
    for name in BORROWED:
        prefix, _, local = name.partition(":")
        if prefix in ("oa", "time", "prov", "eli", "qudt") and local not in ("start", "end", "exact", "inXSDDate"):
            found.setdefault(local, {"@id": name, "@type": "@id"})
    return found


def _key(property_: str) -> str:
    return property_.partition(":")[2]


def write_context() -> str:
    return json.dumps({"@context": context()}, ensure_ascii=False, indent=2) + "\n"


def own_terms() -> list[tuple[str, str, dict[str, str]]]:
    """(name, `class` or `property`, facts) of each own term: labels and comments in both languages, super terms,
    domain and range."""
    import rdflib
    from rdflib.namespace import OWL, RDF, RDFS

    graph = rdflib.Graph().parse(ONTOLOGY_FOLDER / "policygraph.ttl", format="turtle")
    found = []
    for kind, name in ((OWL.Class, "class"), (OWL.ObjectProperty, "property"), (OWL.DatatypeProperty, "property")):
        for term in graph.subjects(RDF.type, kind):
            facts: dict[str, str] = {}
            for key, predicate in (("label", RDFS.label), ("comment", RDFS.comment)):
                for value in graph.objects(term, predicate):
                    if isinstance(value, rdflib.Literal):
                        facts[f"{key}@{value.language}"] = str(value)
            for key, predicates in (
                ("super", (RDFS.subClassOf, RDFS.subPropertyOf)), ("domain", (RDFS.domain,)), ("range", (RDFS.range,)),
            ):  # fmt: skip
                values = sorted(graph.qname(str(value)) for p in predicates for value in graph.objects(term, p))
                facts[key] = ", ".join(values)
            found.append((graph.qname(str(term)), name, facts))
    return sorted(found, key=lambda item: (item[1], item[0]))


def markdown() -> str:
    """The whole page."""
    return "\n".join(_lines()) + "\n"


def _lines() -> Iterator[str]:
    yield "# 数据字典 · Data dictionary"
    yield ""
    yield "此页由 `python -m policygraph.graph.dictionary docs ontology` 生成。This page is generated."
    yield ""
    yield "位置（start、end）以来源文本的 Unicode 码位计数，end 不含；日期为 ISO 8601。Offsets count code points of the"
    yield "stored source text, end exclusive; dates are ISO 8601."
    yield ""
    yield "## 导出字段 · Export fields"
    for kind in all_types():
        yield from _fields(kind)
    yield ""
    yield from (ONTOLOGY_FOLDER / "joins.md").read_text("utf-8").splitlines()
    yield ""
    yield "## 类 · Classes"
    yield ""
    yield "| 类 · class | 名称 · label | 含义 · meaning | 上位 · super |"
    yield "|---|---|---|---|"
    own = own_terms()
    for name, what, facts in own:
        if what == "class":
            yield f"| `{name}` | {_both(facts, 'label')} | {_both(facts, 'comment')} | {facts['super']} |"
    yield ""
    yield "## 属性 · Properties"
    yield ""
    yield "| 属性 · property | 名称 · label | 含义 · meaning | 定义域 → 值域 · domain → range |"
    yield "|---|---|---|---|"
    for name, what, facts in own:
        if what == "property":
            ends = f"{facts['domain'] or '–'} → {facts['range']}"
            yield f"| `{name}` | {_both(facts, 'label')} | {_both(facts, 'comment')} | {ends} |"
    yield ""
    yield "## 借用的属性 · Properties of other vocabularies"
    yield ""
    yield "| 属性 · property | 含义 · meaning |"
    yield "|---|---|"
    for name, meaning in sorted(BORROWED.items()):
        yield f"| `{name}` | {meaning} |"
    yield ""
    yield "## 命名图 · Named graphs"
    yield ""
    yield "| 图 · graph | 内容 · holds |"
    yield "|---|---|"
    yield "| `graph/doc/<document id>` | 一份文件的全部记录 · all records of one document |"
    yield "| `graph/links` | 文件之间的关系 · what was found between documents |"
    yield "| `graph/implementation` | `eli:ensures_implementation_of`，仅成立者 · the links held to be right |"
    yield "| `graph/rejected` | 程序找到、人工否定的记录 · what the program found and a person rejected |"
    yield "| `graph/vocabulary` | 本体与词表 · ontology and vocabularies |"
    yield "| `graph/dataset` | 数据集说明 · the description of the release (DCAT, VoID) |"


def _both(facts: dict[str, str], key: str) -> str:
    return f"{facts.get(f'{key}@zh', '')} · {facts.get(f'{key}@en', '')}".replace("|", "\\|")


def _fields(kind: RecordType) -> Iterator[str]:
    examples = json.loads((ONTOLOGY_FOLDER / "fields.json").read_text("utf-8"))
    yield ""
    yield f"### {kind.name} · `{kind.type}`"
    yield ""
    doc = (kind.record.__doc__ or "").split("\n\n")[0].replace("\n", " ")
    yield " ".join(doc.split())
    yield ""
    yield "| 字段 · field | 含义 · meaning | 单位、取值 · unit, values | 例 · example | RDF |"
    yield "|---|---|---|---|---|"
    said = {part.name: [part.property] for part in kind.nested} | {part.name: [part.property] for part in kind.listed}
    for field in kind.fields:
        said.setdefault(field.name, []).append(field.property)
    for span in kind.spans:
        said[span.start], said[span.end] = ([property_] for property_ in span.properties)
    for column in of_records(kind):
        if "." in column.name:
            continue  # the fields of what is listed have a table of their own
        example = (examples.get(f"{kind.name}.{column.name}") or examples[column.name])[1]
        rdf = "、".join(f"`{property_}`" for property_ in said.get(column.name, ["IRI"]))
        values = "；".join(f"`{value.code}` {value.zh}" for value in column.values)
        yield f"| `{column.name}` | {column.about} | {column.unit or values} | {f'`{example}`' if example else ''} | {rdf} |".replace("|=", "\\|=")


def main() -> None:
    """Write both files."""
    docs, ontology = (Path(argument) for argument in sys.argv[1:3])
    (docs / "data-dictionary.md").write_text(markdown(), encoding="utf-8")
    (ontology / "context.jsonld").write_text(write_context(), encoding="utf-8")


if __name__ == "__main__":
    main()
