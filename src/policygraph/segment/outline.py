"""The outline of a document: numbered paragraphs become a tree whose leaves are the provisions that people cite."""

from __future__ import annotations

import itertools
import re
from collections import Counter
from dataclasses import dataclass, field

from policygraph.model import Clause, ClauseKind, ClauseType
from policygraph.read import Reading
from policygraph.segment import markers as m
from policygraph.segment.kinds import kind_of_heading, leaf_kind
from policygraph.segment.leads import ends_sentence, lead_end, reads_as_name, sentence_end
from policygraph.segment.markers import Level, Marker
from policygraph.segment.paragraphs import Piece

RULE = "segment.outline/1"
_BRACKETS = re.compile(r"（[^（）]*(?:（[^（）]*）[^（）]*)*）|〔[^〔〕]*〕")
#: Characters of a heading on a line of its own; what is longer is a provision without one.
_LONGEST_HEADING = 60
#: Those of a heading that runs on into its provision: of what is longer one cannot tell it from a first sentence.
_LONGEST_RUN_IN = 34
#: 启动达峰行动,探索四川路径。 A couplet that opens one of several led runs within a paragraph.
_COUPLET = re.compile(r"(?:(?<=[。）〕])|^)([^，。；：（）]{4,11})，([^，。；：（）、]{4,11})。")
#: 责任单位：市财政局完成时限：2024年底 What stands so behind a numbered sentence assigns it.
_LABELLED = re.compile(r"(?:(?:牵头|主办|主管|责任|配合|协办|参与|落实)(?:单位|部门|处室|领导)|责任人|(?:完成|办结)(?:时限|期限|时间))：[^。；！？]*。?$")
#: 前款规定的…, 上述条件…, （一）到（四）项目… speak of the list that they follow.
_OF_THE_LIST = re.compile(r"前[款项述]|上述|以上|本[条款]|（一）[至到、]|符合[前上]|有前")
ANNEX = Level("附件", 5, "annex")
FOREWORD = Level("前言", 55, "section")
BOX = Level("专栏", 65, "section")
UNNUMBERED = Level("##", 55, "section")
_ROOT = Level("", 0, "section")


@dataclass(slots=True)
class Node:
    """A provision while the tree is built: its heading stretch, its paragraphs, its children."""

    level: Level
    label: str
    number: str | None
    heading: str | None
    start: int
    end: int
    kind: ClauseKind | None = None
    children: list[Node] = field(default_factory=list)
    body: bool = False
    lead: str | None = None
    type: ClauseType = "paragraph"


def heading_end(folded: str, marker_end: int, *, level: Level, followed: bool, gap: int = 0) -> int:
    """Where the heading of a numbered paragraph ends (`marker_end` when it has none).

    A heading is the whole line when it does not end as a sentence, or the short first sentence when text follows it
    (（一）重点行业绿色升级工程。以钢铁……) or `followed` says that deeper provisions come under it. `gap` is where the
    source has a gap within the line (第一章 总则 为了……), 0 when it has none.
    """
    rest = folded[marker_end:]
    if not rest:
        return marker_end
    if level.rank <= m.SECTION.rank:
        says = "。" in rest and (len(rest) > _LONGEST_HEADING or "，" in rest or rest.count("。") > 1)
        return gap or marker_end if says else len(folded)  # 第一节推动绿色发展优化布局，推进转型。 is more than a name
    if level is m.ARTICLE or level is m.BULLET:
        title = re.match(r"[【〔][^】〕]{2,20}[】〕]", rest) if level is m.ARTICLE else None
        return marker_end + title.end() if title else marker_end
    end = sentence_end(folded, marker_end)
    if end < 0:
        if folded[-1] in "；：":
            return marker_end
        plain = _BRACKETS.sub("", rest)
        return len(folded) if len(plain) <= _LONGEST_HEADING and "；" not in plain else marker_end
    first = folded[marker_end : end - 1]
    if _is_bracketed(folded[end:]) or _LABELLED.match(folded, end):
        return marker_end  # 发展人工智能产业。（市科技局牵头） orders something and is no heading of its note
    if end >= len(folded):
        return end if followed and len(first) <= _LONGEST_RUN_IN and reads_as_name(first) else marker_end
    limit = _LONGEST_HEADING if level is m.PART else _LONGEST_RUN_IN
    return end if len(first) <= limit and reads_as_name(first) else marker_end


def _is_bracketed(rest: str) -> bool:
    """Whether a text is one bracket and nothing else."""
    rest = rest.rstrip("。")
    if rest[:1] not in ("（", "〔") or rest[-1:] not in ("）", "〕"):
        return False
    depth = 0
    for i, char in enumerate(rest):
        depth += (char in "（〔") - (char in "）〕")
        if depth == 0:
            return i == len(rest) - 1
    return False


class Outline:
    """Builds the tree paragraph by paragraph."""

    def __init__(self, reading: Reading) -> None:
        self.reading = reading
        self.root = Node(_ROOT, "", None, None, 0, 0)
        self.stack = [self.root]
        #: the last ordinal of the outermost levels: a count that starts again opens a further text
        self.counted = 0

    def add_leaf(self, start: int, end: int, *, kind: ClauseKind | None = None, place: ClauseType = "paragraph") -> None:
        """A paragraph under whatever is open."""
        node = Node(_ROOT, "", None, None, start, end, kind=kind, body=True, type=place)
        self.stack[-1].children.append(node)

    def end_list(self, text: str) -> None:
        """Leave the list whose last item is open, when a paragraph without a number stands after it: what follows the
        items of an article is the article's own, and what follows items without headings under 应同时满足如下要求： stands
        beside the list. Paragraphs under an item with a heading are the item's."""
        item = self.stack[-1]
        if item.level.rank < m.ITEM.rank or item.level is m.BULLET or not item.children:
            return
        said = self.reading.folded[item.start : item.children[-1].end]
        if not ends_sentence(said) or said.endswith(("：", "，")):
            return
        article = next((node for node in reversed(self.stack) if node.level is m.ARTICLE), None)
        refers = _OF_THE_LIST.match(text)
        if article is not None and (refers or (item.heading is None and len(item.children) == 1)):
            while self.stack[-1] is not article:
                self.stack.pop()
        elif article is None and item.heading is None and self._is_listed(item):
            self.stack.pop()

    def _is_listed(self, item: Node) -> bool:
        """Whether an item is one of a list of sentences that a line with a colon opens."""
        above = self.stack[-2]
        first = next(i for i, child in enumerate(above.children) if child.level is item.level)
        lead = above.children[first - 1].end if first else above.end
        siblings = above.children[first:]
        return self.reading.folded[lead - 1] == "：" and all(node.level is item.level and node.heading is None for node in siblings)

    def add_table(self, start: int, end: int) -> None:
        """A table, whole: one leaf."""
        self.stack[-1].children.append(Node(_ROOT, "", None, None, start, end, kind="table", body=True, type="table"))

    def add_plain(self, start: int, end: int, *, level: Level, place: ClauseType, number: str | None = None) -> Node:
        """A heading without a number of the grammar: 前言, an annex, an unnumbered Markdown heading."""
        self._close(level)
        title = self.reading.text[start:end]
        node = Node(level, place, number, title.rstrip("。："), start, end, type=place)
        self.stack[-1].children.append(node)
        self.stack.append(node)
        return node

    def add_annex(self, start: int, end: int, *, label: str) -> None:
        """The label and title of an annex, or the title of a further text; its numbering is its own."""
        node = self.add_plain(start, end, level=ANNEX, place="annex", number=label or None)
        self.counted = 0
        node.heading = (node.heading or "")[len(label) :].lstrip("：: ") or None
        written = re.search(r"[\d一二三四五六七八九十]+", label)
        if written:
            node.label = f"annex_{m.number(written.group())}"

    def add_numbered(self, piece: Piece, marker: Marker, *, followed: bool) -> None:
        """A paragraph that a number opens: its heading becomes a node, the rest a paragraph under it."""
        folded = self.reading.folded[piece.start : piece.end]
        text = self.reading.text[piece.start : piece.end]
        self._close(marker.level)
        if marker.level in (m.BOOK, m.CHAPTER, m.PART):
            self.counted = marker.ordinal
        listed = self._after_semicolon(marker.level)
        end = marker.end if listed else heading_end(folded, marker.end, level=marker.level, followed=followed, gap=self._gap(piece, marker))
        heading = text[marker.end : end].rstrip("。．.") or None
        node = Node(
            marker.level, f"{marker.level.type}_{marker.ordinal}" if marker.ordinal else "bullet", marker.written.rstrip("、．."),
            heading, piece.start, piece.start + end, type=marker.level.type,
        )
        if marker.level in (m.PART, m.SUBITEM):
            node.number = marker.written
        self.stack[-1].children.append(node)
        self.stack.append(node)
        if end < len(folded):
            self.add_leaf(piece.start + end, piece.end)

    def _after_semicolon(self, level: Level) -> bool:
        """Whether the provision before is an item that ends with ；, so that this one is no heading but the next item."""
        before = next((node for node in reversed(self.stack[-1].children) if not node.body), None)
        if before is None or before.level is not level or before.heading is not None or level.rank < m.ITEM.rank or not before.children:
            return False
        return self.reading.folded[before.children[-1].end - 1] == "；"

    def _gap(self, piece: Piece, marker: Marker) -> int:
        """Where the source has white space within the first line of a chapter, after its name; 0 when it has none."""
        if marker.level.rank > m.SECTION.rank:
            return 0
        at = self.reading.at
        stop = min(piece.end, piece.start + marker.end + _LONGEST_RUN_IN)
        return next((k - piece.start for k in range(piece.start + marker.end + 2, stop) if at[k] - at[k - 1] > 1), 0)

    def _close(self, level: Level) -> None:
        while self.stack[-1].level.rank >= level.rank:
            self.stack.pop()


def couplets(folded: str) -> list[tuple[int, int]]:
    """The led runs of a paragraph that holds several: where each starts, and where its lead ends.

    Only when the paragraph opens with a couplet (实施“三水共治”,绘就锦绣蜀江。) and another one stands further on.
    """
    found = [match for match in _COUPLET.finditer(folded) if abs(_weight(match[1]) - _weight(match[2])) <= 1]
    if len(found) < 2 or found[0].start() != 0:
        return []
    kept = [found[0]]
    for match in found[1:]:
        if match.start() - kept[-1].end() >= 20:
            kept.append(match)
    return [(match.start(), match.end()) for match in kept] if len(kept) > 1 else []


def _weight(half: str) -> int:
    return len(half) - half.count("“") - half.count("”")


def clauses(root: Node, reading: Reading, *, document: str) -> list[Clause]:
    """The tree as clauses in reading order, with ids, kinds, leads and source spans."""
    out: list[Clause] = []
    led_document = _is_led(root, reading)

    def emit(node: Node, *, parent: str | None, label: str, kind: ClauseKind, leaf: bool, lead: str | None) -> str:
        identifier = f"{parent or document}/{label}"
        text = reading.text[node.start : node.end]
        first = node.start + len(text) - len(text.lstrip())  # a space kept between two words opens no clause
        start, end = reading.span(first, node.start + len(text.rstrip()))
        out.append(
            Clause(
                id=identifier, document=document, parent=parent, kind=kind, type=node.type, number=node.number,
                heading=node.heading, lead=lead, text=text.strip(), start=start, end=end,
                order=len(out), leaf=leaf, by=RULE,
            )
        )
        return identifier

    def walk(node: Node, *, parent: str | None, headings: tuple[str, ...], inherited: ClauseKind | None) -> None:
        labels: Counter[str] = Counter()
        numbered = {child.label for child in node.children if not child.body}
        paragraph = 0
        pieces: list[tuple[Node, str | None]] = []
        for child in node.children:
            if not child.body:
                pieces.append((child, None))
                continue
            folded = reading.folded[child.start : child.end]
            runs = couplets(folded) if child.kind is None else []
            if runs:
                edges = [a for a, _ in runs[1:]] + [len(folded)]
                for (a, lead_stop), b in zip(runs, edges, strict=True):
                    run = Node(_ROOT, "", None, None, child.start + a, child.start + b, body=True, type="led")
                    pieces.append((run, reading.text[child.start + a : child.start + lead_stop - 1]))
            else:
                pieces.append((child, None))
        leads = _leads(pieces, reading, led_document=led_document)
        structured = any(not piece.body and piece.level is not BOX for piece, _ in pieces)
        for (child, lead), found in zip(pieces, leads, strict=True):
            if child.body:
                paragraph += 1
                lead = lead or found
                # a text without any number, and what stands under a number without a heading, orders something
                known = headings or (("",) if parent or not structured else ())
                kind = child.kind or leaf_kind(
                    reading.folded[child.start : child.end], headings=known, inherited=inherited,
                    intro=structured and _before_children(child, pieces),
                )
                if lead and child.type == "paragraph":
                    child.type = "led"
                emit(child, parent=parent, label=f"para_{paragraph}", kind=kind, leaf=True, lead=lead)
                continue
            base = child.label
            labels[base] += 1
            if base in ("bullet", "section"):  # without a number: the next that no numbered one has
                label = next(each for n in itertools.count(labels[base]) if not labels[each := f"{base}_{n}"] and each not in numbered)
                labels[label] += 1
            elif base == "annex":  # without a number: the next that is free
                label = next(each for n in itertools.count(labels[base]) if not labels[each := f"annex_{n}"])
                labels[label] += 1
            else:
                label = base if labels[base] == 1 else f"{base}-{labels[base]}"
            own: ClauseKind | None = kind_of_heading(child.heading or "", level=child.level.rank) or inherited
            if child.level is m.ARTICLE:
                own = "article"
            path = (*headings, child.heading) if child.heading else headings
            if len(child.children) == 1 and child.children[0].body and child.heading is None:
                only = child.children[0]
                folded = reading.folded[only.start : only.end]
                merged = Node(child.level, child.label, child.number, None, child.start, only.end, type=child.type)
                end = lead_end(folded) if child.level is m.BULLET else 0
                kind = only.kind or leaf_kind(folded, headings=path or ("",), inherited=own, intro=False, article=child.level is m.ARTICLE)
                emit(merged, parent=parent, label=label, kind=kind, leaf=True, lead=folded[: end - 1] if end else None)
                continue
            if not child.children:
                folded = reading.folded[child.start : child.end]
                kind = child.kind or leaf_kind(folded, headings=headings or ("",), inherited=own, intro=False, article=child.level is m.ARTICLE)
                if child.level is ANNEX:  # the name of an annex that is not here
                    kind = "back"
                emit(child, parent=parent, label=label, kind=kind, leaf=True, lead=None)
                continue
            identifier = emit(child, parent=parent, label=label, kind="heading", leaf=False, lead=None)
            walk(child, parent=identifier, headings=path, inherited=own)

    walk(root, parent=None, headings=(), inherited=None)
    return out


def _before_children(child: Node, pieces: list[tuple[Node, str | None]]) -> bool:
    """Whether a paragraph stands before the first numbered provision under the same heading: it introduces them."""
    for piece, _ in pieces:
        if piece is child:
            return True
        if not piece.body and piece.level is not BOX:
            return False
    return False


def _leads(pieces: list[tuple[Node, str | None]], reading: Reading, *, led_document: bool) -> list[str | None]:
    """The lead of each paragraph under one heading. A short first sentence is a lead where paragraphs are led
    throughout the document, or all of three and more siblings have one; elsewhere it orders something itself."""
    ends = [lead_end(reading.folded[node.start : node.end]) if node.body and lead is None and node.kind is None else 0
            for node, lead in pieces]
    bodies = sum(1 for node, _ in pieces if node.body)
    led = sum(1 for end in ends if end)
    if not (led_document and bodies > 1) and not (bodies >= 3 and led == bodies):
        return [None] * len(pieces)
    return [reading.text[node.start : node.start + end - 1] if end else None for (node, _), end in zip(pieces, ends, strict=True)]


def _is_led(root: Node, reading: Reading) -> bool:
    """Whether the document leads its paragraphs: most paragraphs that have siblings open with a short sentence."""
    led = bodies = 0
    nodes = [root]
    while nodes:
        node = nodes.pop()
        nodes += [child for child in node.children if not child.body]
        own = [child for child in node.children if child.body and child.kind is None]
        if node is not root and len(own) > 1:
            bodies += len(own)
            led += sum(1 for child in own if lead_end(reading.folded[child.start : child.end]))
    return bodies > 0 and led >= bodies * 0.6
