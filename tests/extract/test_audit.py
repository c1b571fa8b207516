"""The audit: what a sentence holds and no record says, in every kind of clause; and texts from which nothing came."""

import pytest

from policygraph.extract import extract
from policygraph.extract.audit import no_provisions
from policygraph.read import SourceText
from policygraph.segment import segment


def records_of(text: str):
    source = SourceText(name="x.txt", sha256="", text=text)
    ((document, clauses),) = segment(source, doc_id="x")
    return extract(source, document, clauses)


@pytest.mark.parametrize(
    ("text", "kind", "said", "why"),
    [
        ("方案\n一、工作背景\n目前，城镇污水处理率为80%，存在短板。\n二、主要任务\n完善管网，提升水平。\n", "preamble", "quantity", "a quantity in a preamble"),
        ("方案\n一、基本原则\n坚持试点先行，2021年以来的经验逐步推广。\n二、主要任务\n完善管网，提升水平。\n", "principle", "date", "a date in a principle"),
        ("方案\n一、主要指标\n到2025年，安全利用率达到93%。\n注：2020年的指标为5%。\n二、主要任务\n完善管网，提升水平。\n", "definition", "quantity", "a quantity in a note"),
        ("方案\n一、主要任务\n责任单位另行通知。\n二、保障措施\n加强宣传，营造氛围。\n", "measure", "role", "a role word without a body"),
    ],
)
def test_audit_reads_every_kind_of_clause(text, kind, said, why):
    records = records_of(text)
    kinds = {clause.id: clause.kind for clause in records.clauses}
    assert (kind, said) in {(kinds[finding.clause], finding.kind) for finding in records.findings}, why


@pytest.mark.parametrize(
    ("text", "said", "why"),
    [
        ("致全市人民的一封信\n亲爱的市民朋友：\n春天来了，感谢大家一直以来的理解。祝大家身体健康，阖家幸福。\n", True, "a letter"),
        ("专家名单\n张三\n李四\n王五\n赵六\n", True, "a list of names"),
        ("方案\n一、主要任务\n2025年底前，新建污水管网97公里。（市水务局牵头）\n二、保障措施\n加强宣传，营造氛围。\n", False, "a plan"),
    ],
)
def test_text_from_which_nothing_came_says_so(text, said, why):
    found = no_provisions(records_of(text))
    assert (found is not None and found.startswith("no provisions found: ")) is said, why
