"""What documents say of themselves: a set annotated by reading with floors, and the forms of title blocks one by one."""

import json
import re
import unicodedata
from collections import Counter
from pathlib import Path

import pytest

from policygraph.read import SourceText, read_file
from policygraph.segment import segment
from policygraph.vocabulary.regions import locate_document, parent, regions

ROOT = Path(__file__).resolve().parents[2]
MANY = ROOT.parent / "shared" / "many"
GOLD = ROOT / "tests" / "gold" / "metadata" / "documents.jsonl"
#: Of 68 documents drawn at random, read before the program's answers were seen; 60 of them give issuers at all.
FLOORS = {"title": 0.96, "number": 0.98, "issuers": 0.94, "region": 0.98, "level": 0.98, "date": 0.98}


def plain(text: str | None) -> str:
    return re.sub(r"[\s“”\"《》]", "", unicodedata.normalize("NFKC", text or "")).replace("—", "-").replace("–", "-")


@pytest.mark.skipif(not MANY.is_dir(), reason="the folder ../shared/many is not here")
def test_metadata_of_documents_drawn_at_random():
    right: Counter[str] = Counter()
    of: Counter[str] = Counter()
    for line in GOLD.read_text("utf-8").splitlines():
        row = json.loads(line)
        document = segment(read_file(MANY / row["file"]), doc_id=Path(row["file"]).stem)[0][0]
        held = {
            "title": plain(document.title) in map(plain, row["titles"]),
            "number": plain(document.number) == plain(row.get("number")),
            "issuers": {*map(plain, document.issuers)} == {*map(plain, row.get("issuers", ()))},
            "region": document.region == row.get("region"),
            "level": document.level == row.get("level"),
            "date": document.date == row.get("date"),
        }
        for name, found in held.items():
            if name == "title" or name in row:
                of[name] += 1
                right[name] += found
    below = {name: f"{right[name]} of {of[name]}" for name, floor in FLOORS.items() if right[name] < floor * of[name]}
    assert not below


BODY = "一、总体要求\n坚持系统治理，落实各方责任。\n二、主要任务\n加强监测监管，提升治理水平。\n"
CASES = [
    (
        "中国银保监会\n中国人民银行\n关于加强绿色金融服务的通知\n银保监发〔2022〕15号\n各银保监局，各银行：\n现就有关事项通知如下：\n" + BODY,
        {"title": "中国银保监会中国人民银行关于加强绿色金融服务的通知", "issuers": ("中国银保监会", "中国人民银行"), "region": "000000", "level": "national", "number": "银保监发〔2022〕15号", "date": "2022"},
        "a notice without 关于印发 whose head is the names of bodies",
    ),
    (
        "川办发〔2023〕9号\n各市（州）人民政府，省政府各部门：\n《四川省节水行动方案》已经省政府同意，现印发给你们，请认真贯彻执行。\n四川省人民政府办公厅\n2023年3月1日\n四川省节水行动方案\n" + BODY,
        {"title": "四川省节水行动方案", "number": "川办发〔2023〕9号", "issuers": ("四川省人民政府办公厅",), "date": "2023-03-01", "region": "510000"},
        "the number on line one, the title after the notice",
    ),
    (
        "徐汇区节能减排降碳专项资金管理办法\n为规范专项资金管理，制定本办法。\n" + BODY,
        {"region": "310104", "level": "county", "title": "徐汇区节能减排降碳专项资金管理办法"},
        "a district has a code of its own",
    ),
    (
        "科技部等九部门关于印发《科技支撑碳达峰碳中和实施方案（2022—2030年）》的通知（国科发社〔2022〕157号）\n各有关单位：\n现印发给你们，请遵照执行。\n" + BODY,
        {"title": "科技支撑碳达峰碳中和实施方案（2022—2030年）", "number": "国科发社〔2022〕157号", "region": "000000", "level": "national", "date": "2022"},
        "a ministry's notice is national; its number stands behind the title",
    ),
    (
        "省人民政府办公厅关于加强节约用水的实施意见\n苏政办发〔2021〕105号\n各市、县人民政府：\n为加强节约用水，提出如下意见。\n" + BODY,
        {"issuers": ("省人民政府办公厅",), "region": "320000", "level": "provincial", "date": "2021"},
        "省人民政府 is the document's own province, which its number tells",
    ),
    (
        "关于推进绿色矿山建设的通知\n各市自然资源局：\n现就有关事项通知如下：\n" + BODY + "湖北省自然资源厅\n湖北省财政厅\n2020年6月5日\n",
        {"issuers": ("湖北省自然资源厅", "湖北省财政厅"), "date": "2020-06-05", "region": "420000"},
        "the issuers' list at the end",
    ),
    (
        "泸州市突发环境事件\n应急预案\n" + BODY,
        {"title": "泸州市突发环境事件应急预案", "region": "510500"},
        "a title broken over lines",
    ),
    (
        "株洲市“十四五”生态环境保护规划\n目录\n前言\n一、总体要求\n二、主要任务\n前言\n为改善生态环境质量，编制本规划。\n" + BODY,
        {"title": "株洲市“十四五”生态环境保护规划"},
        "目录 and 前言 are no titles",
    ),
    (
        "泸州市人民政府办公室转发市水务局关于加强河道管理意见的通知\n泸市府办发〔2019〕3号\n各区县人民政府：\n请认真贯彻执行。\n" + BODY,
        {"title": "市水务局关于加强河道管理意见", "issuers": ("泸州市人民政府办公室",), "region": "510500"},
        "转发 is a verb",
    ),
    (
        "山西省平遥县人民政府\n关于印发平遥县古城保护方案的通知\n平政发〔2020〕5号\n各乡镇人民政府：\n请认真贯彻执行。\n" + BODY,
        {"level": "county", "region": "140000"},
        "a county that no list holds has its level and the region of its parent",
    ),
    (
        "索引号：0085/2021-0012 主题分类：环境保护\n发文机关：泸州市人民政府 成文日期：2021年5月6日\n标题：泸州市人民政府关于加强扬尘治理的通告 发文字号：泸市府告〔2021〕1号\n泸州市人民政府关于加强扬尘治理的通告\n为改善空气质量，现就有关事项通告如下：\n" + BODY,
        {"date": "2021-05-06", "number": "泸市府告〔2021〕1号", "title": "泸州市人民政府关于加强扬尘治理的通告"},
        "an index table of the page",
    ),
    (
        "昆明市2022年大气污染防治工作要点\n" + BODY,
        {"date": "2022", "region": "530100"},
        "a year in the title is a year",
    ),
    (
        "2030年前碳达峰行动方案\n" + BODY,
        {"date": None},
        "a year to come is no date",
    ),
]


@pytest.mark.parametrize(("text", "expected", "why"), CASES, ids=[why for *_, why in CASES])
def test_title_block(text, expected, why):
    document = segment(SourceText(name="x.txt", sha256="", text=text), doc_id="x")[0][0]
    assert {name: getattr(document, name) for name in expected} == expected


def test_name_of_the_file_serves_last_and_as_a_guess():
    text = "关于加强节水管理的通知\n各有关单位：\n现就有关事项通知如下：\n" + BODY
    document = segment(SourceText(name="12、杭州市节水通知(2021-03-04).txt", sha256="", text=text), doc_id="x")[0][0]
    assert (document.region, document.level, document.date) == ("330100", "municipal", "2021-03-04")
    assert sum("guess" in warning for warning in document.warnings) == 2


@pytest.mark.parametrize(
    ("title", "issuers", "text", "expected", "why"),
    [
        ("通州区实施方案", (), "江苏省南通市通州区", ("320612", "county"), "the 通州区 of 南通"),
        ("关于开展通州区2021年项目申报工作的通知", (), "北京市通州区", ("110112", "county"), "the 通州区 of 北京"),
        ("实施方案", ("朝阳市人民政府",), "", ("211300", "municipal"), "朝阳市 is no district"),
        ("实施方案", ("国家发展改革委", "市场监管总局"), "", ("000000", "national"), "市场监管总局 is no body of a city"),
        ("实施方案", ("吉林省吉林市人民政府",), "", ("220200", "municipal"), "a city of its province's name"),
        ("河北区规划", (), "天津市", ("120105", "county"), "a district of a province's name"),
        ("行动方案", ("市教委",), "天津市教委负责组织实施", ("120000", "provincial"), "a municipality calls itself 市"),
        ("长江三角洲区域一体化规划", (), "", (None, None), "an area is no region"),
        ("实施方案", (), "湖北碳排放权交易中心负责登记，全省各企业参加", (None, None), "an institution that bears a region's name"),
    ],
)
def test_region_of_a_document(title, issuers, text, expected, why):
    assert locate_document(title=title, number=None, issuers=issuers, text=text) == expected, why


def test_counties_lie_within_their_regions():
    counties = [region for region in regions().values() if region.level == "county"]
    assert len(counties) > 600
    assert all(parent(region.code) in regions() and parent(region.code) != region.code for region in counties)
    assert all(re.fullmatch(r"\d{6}", region.code) and region.name[-1] in "市县区旗" for region in counties)


@pytest.mark.parametrize("gap", ["\t", "：", " "])
def test_index_table_of_the_page_is_read_and_is_no_part_of_the_text(gap):
    text = (
        "首页 > 政府信息公开 > 政策文件\n"
        f"索引号{gap}008513218/2021-00123\t主题分类{gap}环境保护\n发文机关{gap}泸州市人民政府\t成文日期{gap}2021年05月06日\n"
        f"发文字号{gap}泸市府告〔2021〕1号\t发布日期{gap}2021年05月08日\n"
        "泸州市人民政府关于加强扬尘治理的通告\n来源：市生态环境局 发布时间：2021-05-08 10:20 浏览次数：123 打印 分享到：\n"
        "为改善空气质量，现将有关事项通告如下：\n一、施工单位应当落实覆盖措施。\n二、运输单位应当密闭运输。\n"
        "泸州市人民政府\n2021年5月6日\n相关解读：\n[解读1]《通告》政策解读\n附件下载：\n1.扬尘治理清单.docx\n上一篇：关于公布2022年12月底前完成事项的公告\n"
    )
    ((document, clauses),) = segment(SourceText(name="x.txt", sha256="", text=text), doc_id="x")
    assert (document.title, document.number, document.date) == ("泸州市人民政府关于加强扬尘治理的通告", "泸市府告〔2021〕1号", "2021-05-06")
    assert document.issuers == ("泸州市人民政府",)
    assert [c.text[:2] for c in clauses if c.leaf and c.kind not in ("front", "back")] == ["为改", "一、", "二、"]
