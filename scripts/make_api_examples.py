"""Writes api/examples.json, the examples of the OpenAPI description, from real answers: give the address of a service."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from urllib.parse import quote
from urllib.request import urlopen

CLAUSE = "national-yangtze-2022/part_2/item_10/para_1"
ADDRESSES = {
    "document": "documents/national-yangtze-2022", "clause": f"clauses/{CLAUSE}",
    "alignment": f"clauses/{CLAUSE}/implementations", "coverage": "coverage", "target_link": "compare",
    "target": "targets?indicator=" + quote("农膜回收率"), "indicator": "indicators", "deadline": "deadlines?by=2023-12-31",
    "agency": "agencies", "responsibility": "responsibilities", "citation": "citations", "finding": "audit",
    "hit": "search?q=" + quote("农膜"), "ask": "ask?q=" + quote("四川哪一条落实国家方案第十条？"), "release": "release",
}  # fmt: skip


def shortened(value: object) -> object:
    """Long texts end in …, lists after one entry."""
    if isinstance(value, str):
        return value if len(value) <= 120 else value[:120] + "…"
    if isinstance(value, list):
        return [shortened(part) for part in value[:1]]
    if isinstance(value, dict):
        return {name: shortened(part) for name, part in value.items()}
    return value


def main(base: str) -> None:
    place = Path(__file__).parent.parent / "api" / "examples.json"
    # what no address of the corpus gives: the answer to what was sent, pages of a PDF, an annotation
    examples = {name: json.loads(place.read_text("utf-8"))[name] for name in ("verify", "pages", "annotation")}
    for name, address in ADDRESSES.items():
        with urlopen(f"{base}/{address}") as answer:
            found = json.load(answer)
        rows = found.get("items") or found.get("hits")
        examples[name] = shortened(rows[0] if rows else found)
    place.write_text(json.dumps(examples, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
