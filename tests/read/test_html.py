"""HTML pages as government sites write them."""

from __future__ import annotations

import time

import pytest

from policygraph.errors import InputError
from policygraph.read.html import read_html

PAGE = """<!DOCTYPE html><html><head><meta charset="{charset}"><meta name="ArticleTitle" content="某省关于印发水污染防治方案的通知">
<meta name="PubDate" content="2022-03-01 10:00"><meta name="Url" content="http://www.example.gov.cn/a.html"><style>p{{}}</style></head><body>
<div class="nav"><a href="/">首页</a><a href="/zw">政务公开</a><a href="/xw">新闻发布</a><a href="/hd">互动交流平台入口</a></div>
<div>当前位置：<a href="/">首页</a> &gt; 政策文件</div>
<table><tr><td>索 引 号：</td><td>000014349/2022-00012</td><td>发文机关：</td><td>某省人民政府办公厅</td></tr>
<tr><td>发文字号：</td><td>某政办发〔2022〕1号</td><td>成文日期：</td><td>2022年02月20日</td></tr></table>
<div id="UCAP-CONTENT">
<p>　　为加强水污染防治，推进流域生态环境保护，结合我省实际，制定本方案。</p>
　　一、总体要求<br>　　到2025年，全省地表水优良水体比例达到<strong>85</strong>%。<br/>　　二、重点任务
<table><tbody><tr><th>重点任务</th><th>责任单位</th></tr><tr><td>排查入河排污口</td><td><p>省生态环境厅</p></td></tr></tbody></table>
<ol><li>开展排查<li>开展溯源</ol>
</div>
<div class="related"><ul><li><a href="1">关于另一个文件的解读材料之一</a></li><li><a href="2">关于另一个文件的解读材料之二</a></li></ul></div>
<div>【打印】【关闭】</div><footer>版权所有 某省人民政府</footer><script>alert(1)</script></body></html>"""


@pytest.mark.parametrize("charset", ["utf-8", "gbk"])
def test_main_text_is_found_and_the_rest_dropped(charset: str) -> None:
    source = read_html(PAGE.format(charset=charset).encode("gb18030" if charset == "gbk" else "utf-8"), name="a.html")
    assert source.text.splitlines() == [
        "某省关于印发水污染防治方案的通知",
        "为加强水污染防治，推进流域生态环境保护，结合我省实际，制定本方案。",
        "一、总体要求",
        "到2025年，全省地表水优良水体比例达到85%。",
        "二、重点任务",
        "重点任务\t责任单位",
        "排查入河排污口\t省生态环境厅",
        "1.开展排查",
        "2.开展溯源",
    ]


def test_what_the_site_says_is_metadata() -> None:
    metadata = read_html(PAGE.format(charset="utf-8").encode(), name="a.html").metadata
    assert (metadata["title"], metadata["number"], metadata["issuers"], metadata["date"], metadata["published"]) == (
        "某省关于印发水污染防治方案的通知", "某政办发〔2022〕1号", "某省人民政府办公厅", "2022-02-20", "2022-03-01"
    )  # fmt: skip
    assert metadata["url"] == "http://www.example.gov.cn/a.html"


def test_cells_point_into_the_text() -> None:
    source = read_html(PAGE.format(charset="utf-8").encode(), name="a.html")
    assert [source.text[c.start : c.end] for c in source.tables[0].cells][2:] == ["排查入河排污口", "省生态环境厅"]


def test_layout_tables_are_running_text() -> None:
    page = "<table><tr><td><table><tr><td><p>第一条　为了保护水环境，制定本条例。</p><p>第二条　本条例适用于本省。</p></td></tr></table></td></tr></table>"
    source = read_html(page.encode(), name="a.html")
    assert (len(source.text.splitlines()), source.tables) == (2, ())


def test_nesting_beyond_the_limit_is_refused() -> None:
    with pytest.raises(InputError, match="nest too deep; limit nesting = 2000.*--nesting"):
        read_html(b"<div>" * 100_000 + "正文".encode(), name="a.html")


def test_huge_spans_make_no_huge_tables() -> None:
    row = "<tr><td rowspan=99999999 colspan=99999999>甲</td><td colspan=9999>乙</td></tr>"
    cells = [c for t in read_html(f"<p>文</p><table>{row * 5}</table>".encode(), name="a.html").tables for c in t.cells]
    assert all(cell.columns <= 200 and cell.rows <= 200 for cell in cells)


@pytest.mark.parametrize("data", [b"<html></html>", b"<script>x</script>", b"<!-- -->", b"<html><body>" + b"\x00" * 50])
def test_pages_without_text_are_refused(data: bytes) -> None:
    with pytest.raises(InputError, match="the page holds no text|not a readable HTML page"):
        read_html(data, name="a.html")


def test_time_grows_with_size_not_faster() -> None:
    def seconds(count: int) -> float:
        page = ("<p>第一条 推进<b>治理</b>。<br>二、<a href=x>链接</a></p><table><tr><td>甲<td>乙</table>" * count).encode()
        start = time.process_time()
        read_html(page, name="a.html")
        return time.process_time() - start

    seconds(200)
    small, large = min(seconds(800) for _ in range(2)), min(seconds(3200) for _ in range(2))
    assert large < 10 * small + 0.2, f"4 times the page took {large / small:.1f} times as long"


def test_a_page_saved_whole_by_a_browser_is_read() -> None:
    import base64

    page = base64.encodebytes("<html><body><p>第一条　为了保护水环境，制定本条例。</p></body></html>".encode())
    archive = (
        b"From: <Saved by Blink>\r\nMIME-Version: 1.0\r\nContent-Type: multipart/related; type=\"text/html\"; boundary=\"b\"\r\n\r\n"
        b"--b\r\nContent-Type: text/html; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n" + page
        + b"\r\n--b\r\nContent-Type: image/png\r\n\r\nx\r\n--b--\r\n"
    )  # fmt: skip
    assert read_html(archive, name="a.mhtml").text == "第一条　为了保护水环境，制定本条例。\n"


@pytest.mark.parametrize(
    ("page", "text"),
    [
        ("<p>第一条<o:p>&nbsp;</o:p>为了<st1:date x:y='1'>2025年</st1:date>达标。</p>", "第一条 为了2025年达标。\n"),
        ("<p title='&#xFFFE;&#1;'>第一条&#xFFFE;&#0;内容</p>", "第一条内容\n"),
    ],
    ids=["tags of Word", "characters that XML lacks"],
)
def test_markup_that_xml_does_not_know_is_read(page: str, text: str) -> None:
    assert read_html(page.encode(), name="a.html").text.replace("\ufffd", "") == text
