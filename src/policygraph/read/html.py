"""HTML as government sites write it: the text of the document, without what surrounds it.

The main text is where the characters are that are no links. What a site says about the document (meta tags, the table
of 索引号, 发文机关, 发文字号, 成文日期) becomes metadata. No script runs, nothing is fetched.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree

from policygraph.errors import InputError
from policygraph.read.composer import Composer, TableCell
from policygraph.read.limits import check_size, refused
from policygraph.read.numerals import WRITERS
from policygraph.read.source import SourceText
from policygraph.settings import Settings

MEDIA_TYPE = "text/html"

_SKIPPED = frozenset(
    ["script", "style", "noscript", "template", "head", "nav", "header", "footer", "aside", "form", "select", "option", "button", "input", "textarea", "iframe", "object", "svg", "canvas", "video", "audio", "map", "link", "meta", "title"]
)
_INLINE = frozenset(
    ["a", "abbr", "b", "big", "bdi", "bdo", "cite", "code", "del", "dfn", "em", "font", "i", "img", "ins", "kbd", "label", "mark", "q", "s", "samp", "small", "span", "strike", "strong", "sub", "sup", "time", "tt", "u", "var", "wbr"]
)
_CONTAINERS = frozenset(["html", "body", "div", "section", "article", "main", "center", "table", "tbody", "tr", "td", "span", "font", "ul", "dl", "dd", "p", "form"])
_META = {
    "articletitle": "title", "pubdate": "published", "contentsource": "publisher", "author": "author", "url": "url",
    "dc.title": "title", "dc.date": "published", "og:title": "page_title", "og:url": "url",
}
_LABELS = {
    "发文字号": "number", "文号": "number", "发文机关": "issuers", "发文机构": "issuers", "发布机构": "issuers", "制发机关": "issuers",
    "成文日期": "date", "发文日期": "date", "生成日期": "date", "公开日期": "published", "发布日期": "published", "发布时间": "published",
    "标题": "title", "名称": "title", "信息名称": "title", "索引号": "index", "主题分类": "subject", "有效性": "validity", "来源": "publisher",
}  # fmt: skip
_LABEL = re.compile(r"\s*(" + "|".join(re.sub("(?<=.)(?=.)", r"\\s*", label) for label in _LABELS) + r")\s*[：:]?\s*(.*)", re.DOTALL)
_DATE = re.compile(r"(\d{4})\s*[-年/.]\s*(\d{1,2})\s*[-月/.]\s*(\d{1,2})")
#: What sites put around a document: reading aids, sharing, printing.
_FURNITURE = re.compile(
    r"(?:【?(?:打印|关闭|字体|字号|分享|收藏|纠错|下载|返回顶部|我要纠错)[^。]{0,30}|(?:当前位置|您的位置|您现在的位置)[：:].*|扫一扫.{0,20}"
    r"|(?:责任编辑|编辑|浏览次数|阅读次数|点击数|访问量|来源|发布时间|发布日期|信息来源|字号)[：:][^。]{0,80}|分享到.{0,20}|相关(?:链接|稿件|解读|附件|阅读).{0,40}"
    r"|上一[篇页][：:].*|下一[篇页][：:].*|版权所有.*|主办单位.*|.{0,10}ICP备.*|.{0,4}公网安备.*)"
)
_BREAK = re.compile(r"(?<=[。！？；：])\u3000{2,}")
_SPACE = re.compile(r"[ \t\r\n\f]+")
#: What XML, and so the tree, cannot hold; a page may still say it (&#xFFFE;).
_CONTROLS = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]+")
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")
_HIDDEN = re.compile(r"display\s*:\s*none", re.IGNORECASE)
#: Columns and rows that a cell may span: the largest tables of documents stay below, and a page may say 9999 of each.
_MOST_SPAN = 200
#: Elements that a page may have for each paragraph it may have: pages of authorities have two to five, with menus and
#: spans from Word; more than ten is a page made to be slow.
_ELEMENTS_EACH = 10
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([\w-]{2,20})", re.IGNORECASE)


def read_html(data: bytes, *, name: str, settings: Settings | None = None) -> SourceText:
    """The document that an HTML page shows."""
    settings = settings or Settings()
    check_size(data, name=name, settings=settings)
    text, encoding = _decoded(_page_of_archive(data) or data)
    root = _parsed(text, name=name, settings=settings)
    if root is None:
        raise InputError(f"{name}: the page holds no text.", remedy="Save the page from a browser once it is shown whole.")
    metadata, said = _metadata(root)
    page = _Page(Composer(name, settings), said)
    main = page.main(root)
    title = metadata.get("title")
    page.read(main, title)
    composer = page.composer
    if not composer.characters:
        raise InputError(f"{name}: the page holds no text.", remedy="Save the page from a browser once it is shown whole.")
    source = composer.source(data, media_type=MEDIA_TYPE, metadata=metadata)
    return source if encoding == "utf-8" else _with_encoding(source, encoding)


def _with_encoding(source: SourceText, encoding: str) -> SourceText:
    from dataclasses import replace

    return replace(source, encoding=encoding)


def _page_of_archive(data: bytes) -> bytes | None:
    """The page in a file that a browser saved whole (MHTML); None for a plain page."""
    if not re.match(rb"(?i)\s*(?:from|mime-version|subject|snapshot-content-location):", data[:200]):
        return None
    from email import message_from_bytes, policy

    message = message_from_bytes(data, policy=policy.compat32)
    for part in message.walk():
        if part.get_content_type() == "text/html":
            payload = part.get_payload(decode=True)
            return payload if isinstance(payload, bytes) else None
    return None


def _decoded(data: bytes) -> tuple[str, str]:
    for mark, encoding in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace"), encoding
    match = _CHARSET.search(data[:4096])
    said = match[1].decode("ascii").lower() if match else ""
    first = {"gbk": "gb18030", "gb2312": "gb18030", "gb18030": "gb18030", "big5": "big5hkscs"}.get(said, "utf-8")
    for encoding in (first, "utf-8", "gb18030"):
        try:
            return data.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    return data.decode(first, "replace"), first


def _named(tag: str) -> str:
    """The tag, or `span` for one that XML does not know: Word writes <o:p>."""
    return tag if _NAME.fullmatch(tag) else "span"


class _Counted:
    """Builds the tree and counts how deep it nests."""

    def __init__(self, *, name: str, settings: Settings) -> None:
        self._builder = etree.TreeBuilder()
        self._name, self._settings, self._depth, self._elements = name, settings, 0, 0

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        self._elements += 1
        if self._elements > _ELEMENTS_EACH * self._settings.file_paragraphs:
            raise refused("file_paragraphs", settings=self._settings, name=self._name, why="it has too many elements")
        if self._depth > self._settings.nesting:
            raise refused("nesting", settings=self._settings, name=self._name, why="its elements nest too deep")
        kept = {key: _CONTROLS.sub("", value or "") for key, value in attributes.items() if _NAME.fullmatch(key)}
        self._builder.start(_named(tag), kept)

    def end(self, tag: str) -> None:
        self._depth -= 1
        self._builder.end(_named(tag))

    def data(self, text: str) -> None:
        self._builder.data(_CONTROLS.sub("", text))

    def comment(self, text: str) -> None:
        """Comments are no text."""

    def close(self) -> etree._Element | None:
        return self._builder.close() if self._depth == 0 else None


def _parsed(text: str, *, name: str, settings: Settings) -> etree._Element | None:
    parser = etree.HTMLParser(target=_Counted(name=name, settings=settings), huge_tree=True, no_network=True)
    text = _CONTROLS.sub("", text)
    if not text.strip():
        return None
    try:
        for at in range(0, len(text), 1 << 16):  # in pieces: between two the bounds on elements and depth are looked at
            parser.feed(text[at : at + (1 << 16)])
        root: etree._Element | None = parser.close()
    except (etree.ParserError, etree.XMLSyntaxError) as error:
        raise InputError(f"{name}: not a readable HTML page ({error}).", remedy="Save the page anew from a browser.") from error
    return root


def _plain(element: etree._Element) -> str:
    return _SPACE.sub(" ", "".join(element.itertext())).replace("\xa0", " ").strip()


def _in_lines(cell: etree._Element) -> str:
    """The text of a cell, with a space where a line ends in it."""
    parts: list[str] = []
    for event, element in etree.iterwalk(cell, events=("start", "end")):
        if element.tag not in _INLINE:
            parts.append(" ")
        parts.append((element.text if event == "start" else element.tail if element is not cell else "") or "")
    return _SPACE.sub(" ", "".join(parts)).replace("\xa0", " ").strip()


def _metadata(root: etree._Element) -> tuple[dict[str, str], set[etree._Element]]:
    """What the page says of its document, and the elements in which it says so."""
    found: dict[str, str] = {}
    for meta in root.iter("meta"):
        key = _META.get((meta.get("name") or meta.get("property") or "").strip().lower())
        content = (meta.get("content") or "").strip()
        if key and content:
            found.setdefault(key, content)
    said: set[etree._Element] = set()
    labelled: dict[str, str] = {}
    for row in root.iter("tr", "ul", "dl"):
        cells = [cell for cell in row if isinstance(cell.tag, str) and cell.tag in ("td", "th", "li", "dt", "dd")]
        if len(cells) > 40:  # a row that describes the document has a handful of cells; what is longer is a list or a menu
            continue
        label: str | None = None
        hits = 0
        for text in [_plain(cell)[:400] for cell in cells]:
            match = _LABEL.fullmatch(text)
            if match and len(text) < 200:  # what is longer than any title is running text that begins like a label
                key = _LABELS[re.sub(r"\s", "", match[1])]
                hits += 1
                label = None if match[2] else key
                if match[2]:
                    labelled.setdefault(key, match[2].strip())
            elif label:
                labelled.setdefault(label, text)
                label = None
        if hits and hits >= len(cells) / 3:
            said.add(row)
    if len(labelled) >= 2:
        found |= {key: value for key, value in labelled.items() if value}
    else:
        said = set()
    for key in ("date", "published"):
        match = _DATE.search(found.get(key, ""))
        found.pop(key, None)
        if match:
            found[key] = f"{int(match[1]):04d}-{int(match[2]):02d}-{int(match[3]):02d}"
    return found, said


class _Page:
    """The page while it is read: `main` finds the element that holds the document, `read` puts it into text."""

    def __init__(self, composer: Composer, said: set[etree._Element]) -> None:
        self.composer = composer
        self._said = said
        self._line: list[str] = []
        self._pending: list[str] = []

    def main(self, root: etree._Element) -> etree._Element:
        weight: dict[etree._Element, int] = {}
        linked: dict[etree._Element, int] = {}
        for event, element in etree.iterwalk(root, events=("start", "end")):
            if event == "start":
                weight[element] = linked[element] = 0
                continue
            if self._skips(element):
                weight[element] = linked[element] = 0
            else:
                own = len((element.text or "").strip())
                if element.tag == "a":
                    linked[element] += weight[element] + own
                    weight[element] = 0
                else:
                    weight[element] += own
            parent = element.getparent()
            if parent is not None:
                weight[parent] += weight[element] + len((element.tail or "").strip())
                linked[parent] += linked[element]
        self._weight, self._linked = weight, linked
        here = root
        while True:
            inside = [child for child in here if child.tag in _CONTAINERS and weight[child] >= 0.8 * max(weight[here], 1)]
            if not inside or here.tag == "table" and self._is_data(here):
                return here
            here = inside[0]

    def _skips(self, element: etree._Element) -> bool:
        if not isinstance(element.tag, str) or element.tag in _SKIPPED or element in self._said:
            return True
        return bool(_HIDDEN.search(element.get("style") or ""))

    def _is_list_of_links(self, element: etree._Element) -> bool:
        links, other = self._linked[element], self._weight[element]  # characters: 30 are five links of a menu
        return element.tag in ("div", "ul", "ol", "td", "section", "table") and links > 30 and links > 2 * other and len(element) > 0

    def read(self, main: etree._Element, title: str | None) -> None:
        """Puts `main` into text, the title before it where the page tells it elsewhere."""
        skip_until: etree._Element | None = None
        lists: list[int] = []
        for event, element in etree.iterwalk(main, events=("start", "end")):
            if skip_until is not None:
                if event == "end" and element is skip_until:
                    skip_until = None
                    if element is not main:
                        self._line.append(element.tail or "")
                continue
            block = element.tag not in _INLINE
            if event == "start":
                if element is not main and (self._skips(element) or self._is_list_of_links(element)):
                    skip_until = element
                    continue
                if block:
                    self._end_line()
                if element.tag == "table" and self._is_data(element):
                    self._flush(title)
                    title = None
                    self.composer.table(_cells(element))
                    skip_until = element
                    continue
                if element.tag == "ol":
                    start = element.get("start") or "1"
                    lists.append(int(start) if re.fullmatch(r"\d{1,6}", start) else 1)
                elif element.tag == "li" and lists and element.getparent() is not None and element.getparent().tag == "ol":
                    form = {"a": "lowerLetter", "A": "upperLetter", "i": "lowerRoman", "I": "upperRoman"}.get(
                        element.getparent().get("type") or "", "decimal"
                    )
                    self._line.append(f"{WRITERS[form](lists[-1])}.")
                    lists[-1] += 1
                self._line.append(element.text or "")
            else:
                if block:
                    self._end_line()
                if element.tag == "ol" and lists:
                    lists.pop()
                if element is not main:
                    self._line.append(element.tail or "")
        self._end_line()
        self._flush(title)

    def _end_line(self) -> None:
        text = "".join(self._line)
        self._line = []
        for part in _BREAK.split(_SPACE.sub(" ", text).strip(" ")):
            part = part.replace("\xa0", " ").strip(" \u3000")
            if part and not _FURNITURE.fullmatch(part):
                self._pending.append(part)

    def _flush(self, title: str | None) -> None:
        if title:
            opening = re.sub(r"\s", "", "".join(self._pending[:12]))  # a title in several lines, below number and source
            if re.sub(r"\s", "", title) not in opening:
                self.composer.paragraph(title)
        for part in self._pending:
            self.composer.paragraph(part)
        self._pending = []

    def _is_data(self, table: etree._Element) -> bool:
        """Whether a table holds data, not the layout of the page."""
        rows = list(_table_rows(table))
        if len(rows) < 2 or next(table.iter("table"), table) is not table or any(True for t in table.iter("table") if t is not table):
            return False
        widths = [len(row) for row in rows]
        cells = sum(widths)  # 400 characters each: above, whole paragraphs stand in them, as in the layout of a page
        return sum(width >= 2 for width in widths) >= 0.5 * len(rows) and self._weight[table] <= 400 * cells


def _table_rows(table: etree._Element) -> Iterator[list[etree._Element]]:
    for row in table.iter("tr"):
        yield [cell for cell in row if cell.tag in ("td", "th")]


def _span(cell: etree._Element, attribute: str) -> int:
    written = (cell.get(attribute) or "1").strip()
    return min(max(int(written), 1), _MOST_SPAN) if re.fullmatch(r"\d{1,4}", written) else 1


def _cells(table: etree._Element) -> Iterator[TableCell]:
    """Cells at their places in the grid, spans counted."""
    taken: dict[int, int] = {}  # column → rows that a cell from above still fills
    for number, row in enumerate(_table_rows(table)):
        column = 0
        filled: dict[int, int] = {}
        for cell in row:
            while taken.get(column, 0) > 0:
                column += 1
            rows, columns = _span(cell, "rowspan"), _span(cell, "colspan")
            yield TableCell(number, column, _in_lines(cell), rows, columns)
            for k in range(column, column + columns):
                filled[k] = rows
            column += columns
        taken = {k: left - 1 for k, left in taken.items() if left > 1} | {k: left - 1 for k, left in filled.items() if left > 1}
