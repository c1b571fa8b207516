"""What a verification says of a whole text, where its spans stand, and where it ends."""

from __future__ import annotations

import pytest

from policygraph.errors import LimitError, NotFoundError
from policygraph.read import clean
from policygraph.settings import Settings
from policygraph.verify import Verifier

TITLE = "《四川省打好长江保护修复攻坚战实施方案》"
REPORT = f"""近日，{TITLE}公布。方案提出，到2025年，农膜回收率达85%，畜禽粪污综合利用率提高到80%以上。

方案规定“建立县级城市建成区黑臭水体清单，科学确定治理目标和实施方案”。各地反响热烈。
"""


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        (f"{TITLE}提出，到2025年，农膜回收率达85%。", "found"),
        (REPORT, "partly"),  # a sentence that claims nothing
        (f"{TITLE}内容丰富，意义重大，影响深远。", "nothing_checked"),  # the plan is held, and nothing is said of what it says
        ("各地反响热烈，群众纷纷点赞。", "nothing_checked"),
        ("。。。", "nothing_checked"),
        ("", "nothing_checked"),
        ("《湖北省打好长江保护修复攻坚战实施方案》提出，农膜回收率达85%。", "not_held"),
        (f"{TITLE}提出，到2025年，农膜回收率达85%，量子计算机达到30台。", "partly"),
        (f"{TITLE}提出，到2025年，农膜回收率达86%。", "contradicted"),
        (f"{TITLE}规定“建立县级城市建成区黑臭水体台账，科学确定治理目标和实施方案”。", "differs"),
    ],
)
def test_outcome_of_a_text(verifier: Verifier, text: str, outcome: str) -> None:
    found = verifier.verify(text)
    assert found.outcome == outcome, found.message
    assert sum(found.counts.values()) == len(found.claims)
    assert ("Nothing" in found.message) == (outcome in ("nothing_checked", "not_held"))


def test_spans_are_those_of_the_text_and_of_the_stored_source(verifier: Verifier) -> None:
    found = verifier.verify(REPORT)
    assert len(found.claims) >= 4
    for claim in found.claims:
        assert clean(REPORT[claim.start : claim.end]) == claim.text
        assert claim.where is not None
        if claim.kind == "quotation":
            source = verifier.texts.source(claim.where.document)
            assert clean(source[claim.where.start : claim.where.end]) == claim.text


def test_every_sentence_is_a_claim_or_named_as_unread(verifier: Verifier) -> None:
    found = verifier.verify(REPORT)
    assert [sentence.text for sentence in found.unread] == ["各地反响热烈。"]


def test_document_given_is_what_is_spoken_of(verifier: Verifier) -> None:
    text = "到2025年，农膜回收率达到90%以上。"
    assert [claim.status for claim in verifier.verify(text).claims] == ["found"]  # Chongqing sets it, and the claim says where
    assert [claim.status for claim in verifier.verify(text, document="sichuan-yangtze-2023").claims] == ["contradicted"]
    with pytest.raises(NotFoundError, match="Documents:"):
        verifier.verify(text, document="hubei-2023")


def test_text_too_long_is_refused_whole(verifier: Verifier) -> None:
    with pytest.raises(LimitError, match="verify_characters"):
        verifier.verify("长" * 5_000_000)


def test_claims_beyond_the_limit_are_named_as_unread(verifier: Verifier) -> None:
    bounded = Verifier(verifier.library, source=verifier.texts.source, settings=Settings(verify_claims=2))
    found = bounded.verify("重庆方案提出农膜回收率达到90%以上。\n" * 5)
    assert len(found.claims) == 2 and len(found.unread) == 3 and found.outcome == "partly"


@pytest.mark.parametrize("text", ["“" * 3000, "《" * 3000, "“《" * 2000 + "”" * 10, "第十条" * 3000, "2025年" * 3000, "85%" * 3000, "生态环境厅" * 3000 + "牵头", "a\u0000\u200b\ufeff”"])
def test_odd_text_is_answered_and_nothing_of_it_found(verifier: Verifier, text: str) -> None:
    assert verifier.verify(text).outcome == "nothing_checked"
