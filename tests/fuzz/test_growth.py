"""Four times the text takes about four times as long to read, segment and extract, whatever the text is made of."""

from __future__ import annotations

import random
import time
from collections.abc import Callable

import pytest

from policygraph.errors import InputError
from policygraph.extract import extract
from policygraph.read import read_bytes
from policygraph.segment import segment

PLAN = (
    "四川省黑臭水体治理方案\n川办发〔2023〕12号\n各市（州）人民政府：\n为推进治理，制定本方案。\n一、总体要求\n到2025年，黑臭水体消除比例达到90%。\n"
    "二、重点任务\n（一）加快排查。2023年6月底前完成排查。（省水利厅牵头，省生态环境厅配合）\n四川省人民政府办公厅\n2023年4月5日\n"
)

pytestmark = pytest.mark.slow

SOUP = ["一、", "（一）", "第一条", "到2025年", "85%", "（省水利厅牵头）", "附件1", "——", "。", "；", "\n", "1.", "①", "|", "\t", "# ", "“", "《"]
TEXTS: dict[str, Callable[[int], str]] = {
    "documents in one file": lambda n: PLAN * (n // len(PLAN)),
    "one paragraph without a full stop": lambda n: "一、" + "推进治理，" * (n // 5),
    "numbers without line breaks": lambda n: "一、总体要求" + "".join(f"{i % 90 + 1}.推进治理。" for i in range(n // 9)),
    "contents that never come": lambda n: "一、总体要求。\n" + "".join(f"目录\n第{i}部分\n" for i in range(n // 10)),
    "contents and headings": lambda n: "目录\n" + "".join(f"第{i}节内容\n" for i in range(n // 18)) * 2,
    "lists of annexes": lambda n: "一、总体要求。\n推进工作。\n" + "附件：名单\n" * (n // 6),
    "annexes": lambda n: "一、总体要求。\n" + "".join(f"附件{i % 99}\n治理方案\n一、推进。\n" for i in range(n // 16)),
    "signatures": lambda n: "一、总体要求。\n" + "四川省生态环境厅\n2023年1月1日\n" * (n // 19),
    "signatures above a text": lambda n: "一、总体要求。\n" + "四川省生态环境厅\n2023年1月1日\n" * (n // 19) + "推进治理。",
    "quantities": lambda n: "一、推进。" + "新增5.5万吨/日，" * (n // 10),
    "opened brackets": lambda n: "一、" + "（" * (n // 2) + "推进" * (n // 4),
    "opened quotations": lambda n: "一、总体要求" + "“推进《" * (n // 4),
    "a run of digits": lambda n: "一、" + "2025" * (n // 4) + "年。",
    "dates": lambda n: "一、推进。" + "到2025年，" * (n // 7) + "完成90%。",
    "targets": lambda n: "一、推进。" + "到2025年农膜回收率达到85%以上，" * (n // 18),
    "agencies": lambda n: "一、推进。（" + "省水利厅、" * (n // 5) + "牵头）",
    "rows of a table": lambda n: "一、推进。\n重点任务\t责任单位\t完成时限\n" + "推进治理\t省水利厅\t2025年\n" * (n // 17),
    "white space": lambda n: "一、推进。" + " " * (n // 2) + "\n" * (n // 2) + "。",
    "page numbers": lambda n: "一、推进。\n" + "— 10 —\n" * (n // 7),
    "addressees": lambda n: "一、推进。\n" + "各市人民政府：\n" * (n // 8),
    "soup": lambda n: "".join(random.Random(1).choices(SOUP, k=n // 3)),
}  # fmt: skip


def seconds(text: str) -> float:
    start = time.process_time()
    try:
        source = read_bytes(text.encode(), name="a.txt")
        for document, clauses in segment(source, doc_id="a"):
            extract(source, document, clauses)
    except InputError:
        pass
    return time.process_time() - start


@pytest.mark.parametrize("make", TEXTS.values(), ids=TEXTS)
def test_four_times_the_text_takes_no_more_than_in_proportion(make: Callable[[int], str]) -> None:
    seconds(make(1000))
    small = min(seconds(make(5000)) for _ in range(2))
    large = min(seconds(make(20_000)) for _ in range(2))
    assert large < 8 * small + 0.2, f"4 times the size took {large / max(small, 1e-9):.1f} times as long"


def test_number_of_more_digits_than_any_quantity_is_no_quantity() -> None:
    source = read_bytes(("一、总体目标\n到2025年，治理面积达到" + "9" * 5000 + "公顷，回收率达到85%。\n").encode(), name="a.txt")
    ((document, clauses),) = segment(source, doc_id="a")
    values = [target.value for target in extract(source, document, clauses).targets]
    assert [value for value in values if value is not None] == [85]
