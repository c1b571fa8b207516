"""Targets in real policy language: each construction, and what only looks like one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from policygraph.extract import extract
from policygraph.extract.provision import Context, Provision
from policygraph.extract.targets import extract_targets
from policygraph.model import Target
from policygraph.read.text import read_text
from policygraph.segment import segment


@pytest.fixture
def targets_of(
    provision_of: Callable[..., Provision], context_of: Callable[..., Context]
) -> Callable[..., list[Target]]:
    def read(text: str, **kwargs: Any) -> list[Target]:
        return extract_targets(provision_of(text, **kwargs), context_of())

    return read


Row = tuple[str, str | None, object, str | None, str | None]

QUANTITATIVE: list[tuple[str, list[Row], str]] = [
    ("到2025年，5家企业进入全球第一梯队。", [("企业进入全球第一梯队", "=", 5, "家", "2025-12-31")], "so many are to get there"),
    ("到2025年，74个断面水质达到Ⅲ类比例达到97.3%。", [("74个断面水质达到Ⅲ类比例", "=", 97.3, "%", "2025-12-31")], "the count is of what is measured"),
    ("到2025年，二氧化碳排放（以下简称碳排放）总量控制在4亿吨以内。", [("二氧化碳排放总量", "<=", 4, "亿吨", "2025-12-31")], "a short name is no part of it"),
    (
        "到2025年，电子信息产业营业收入达到5000亿元，年均增速12%左右。",
        [("电子信息产业营业收入", "=", 5000, "亿元", "2025-12-31"), ("电子信息产业营业收入年均增速", "~", 12, "%", "2025-12-31")],
        "the growth of what was measured before",
    ),
    ("农村居民人均可支配收入稳步提高，到2025年，年均增速高于7%。", [("农村居民人均可支配收入年均增速", ">=", 7, "%", "2025-12-31")], "of what was spoken of before"),
    ("战略性新兴产业规模持续扩大，到2025年，占规模以上工业比重提高到20%。", [("战略性新兴产业占规模以上工业比重", "=", 20, "%", "2025-12-31")], "its share of a whole"),
    ("到2025年，数字经济规模达到2020年的1.5倍。", [("数字经济规模", "=", 1.5, "倍", "2025-12-31")], "so many times a year's"),
    ("到2025年，数字经济规模为2020年的两倍以上。", [("数字经济规模", ">=", 2, "倍", "2025-12-31")], "so many times, in words"),
    ("到2025年，农膜回收率达到85%（原为80%）。", [("农膜回收率", "=", 85, "%", "2025-12-31")], "the value that was"),
    (
        "到2025年，绿化覆盖率提高到40%，较2020年的38%提高2个百分点。",
        [("绿化覆盖率", "=", 40, "%", "2025-12-31"), ("绿化覆盖率", "=", 2, "百分点", "2025-12-31")],
        "the value that was, with its year",
    ),
    ("到2025年，细颗粒物浓度由35微克/立方米降至32微克/立方米。", [("细颗粒物浓度", "=", 32, "微克/立方米", "2025-12-31")], "from and to"),
    ("到2025年，综合创新能力进入全国前15位。", [("综合创新能力", "<=", 15, "位", "2025-12-31")], "a place in an order"),
    (
        "对300名企业家、1000名工程技术人员展开数字化培训。",
        [("展开数字化培训的企业家", "=", 300, "名", None), ("展开数字化培训的工程技术人员", "=", 1000, "名", None)],
        "so many with whom something is done",
    ),
    (
        "到2025年，在50%以上的国家级园区和30%以上的省级园区实施循环化改造。",
        [("实施循环化改造的国家级园区比例", ">=", 50, "%", "2025-12-31"), ("实施循环化改造的省级园区比例", ">=", 30, "%", "2025-12-31")],
        "shares in which something is done",
    ),
    (
        "到2025年，京津冀、长三角、珠三角等区域细颗粒物浓度分别下降25%、20%、15%左右。",
        [
            ("京津冀细颗粒物浓度", "~", 25, "%", "2025-12-31"), ("长三角细颗粒物浓度", "~", 20, "%", "2025-12-31"),
            ("珠三角等区域细颗粒物浓度", "~", 15, "%", "2025-12-31"),
        ],
        "a list of regions and one of values",
    ),
    ("到2025年，基本淘汰京津冀、长三角等区域内的500万辆黄标车。", [("黄标车", "=", 500, "万辆", "2025-12-31")], "where they are stands between"),
    ("到2025年，农膜回收率达到85%以上。", [("农膜回收率", ">=", 85, "%", "2025-12-31")], "the plain case"),
    (
        "到2025年，绿色防控、统防统治覆盖率分别达到55%、45%。",
        [("绿色防控覆盖率", "=", 55, "%", "2025-12-31"), ("统防统治覆盖率", "=", 45, "%", "2025-12-31")],
        "分别 pairs values with subjects",
    ),
    (
        "到2025年，京津冀及周边地区、长三角地区煤炭消费量分别下降10%、5%左右。",
        [
            ("京津冀及周边地区煤炭消费量", "~", 10, "%", "2025-12-31"),
            ("长三角地区煤炭消费量", "~", 5, "%", "2025-12-31"),
        ],
        "分别 over areas; the last comparison is for all",
    ),
    (
        "到2025年，化学需氧量、氨氮排放总量比2020年分别下降8%、10%以上。",
        [("化学需氧量排放总量", ">=", 8, "%", "2025-12-31"), ("氨氮排放总量", ">=", 10, "%", "2025-12-31")],
        "a common ending",
    ),
    (
        "到2030年，便民网点覆盖全部街道、85%以上社区和70%以上行政村。",
        [("便民网点覆盖社区比例", ">=", 85, "%", "2030-12-31"), ("便民网点覆盖行政村比例", ">=", 70, "%", "2030-12-31")],
        "what covers the shares",
    ),
    ("新建（扩建）12家社区食堂，全年助餐服务人次达60万以上。", [("社区食堂", "=", 12, "家", None), ("助餐服务人次", ">=", 60, "万", "2022-12-31")], "brackets behind the verb; a number without unit"),
    ("2028年，每个社区都建有1所托育点，各县（市）至少办2所早教中心。", [("每个社区托育点", "=", 1, "所", "2028-12-31"), ("早教中心", ">=", 2, "所", "2028-12-31")], "in each so many"),
    ("到2028年，市区参保率达到95%以上，县（市）达到90%以上。", [("市区参保率", ">=", 95, "%", "2028-12-31"), ("市区参保率", ">=", 90, "%", "2028-12-31")], "a place with brackets"),
    (
        "到2028年，40%以上的社区达到“绿色社区”创建标准、60%以上的学校达到“节水学校”创建标准。",
        [("达到“绿色社区”创建标准的社区比例", ">=", 40, "%", "2028-12-31"), ("达到“节水学校”创建标准的学校比例", ">=", 60, "%", "2028-12-31")],
        "shares that each reach something of their own",
    ),
    ("新建小区充电设施配建达标率到2028年达到95%。", [("新建小区充电设施配建达标率", "=", 95, "%", "2028-12-31")], "a rate of what is provided is no grant"),
    ("到2028年，公路、铁路客运量分别增长5%、8%。", [("公路客运量", "=", 5, "%", "2028-12-31"), ("铁路客运量", "=", 8, "%", "2028-12-31")], "a common ending of two characters"),
    ("到2027年，每个街道至少设有1个综合养老服务中心。", [("每个街道综合养老服务中心", ">=", 1, "个", "2027-12-31")], "so many in each"),
    ("力争每年推动500家中小企业入园。", [("中小企业入园", "=", 500, "家", None)], "so many are to get somewhere"),
    (
        "到2023年，成都、德阳、广元的城市生活垃圾回收利用率力争达40%以上，其他城市生活垃圾回收利用率力争达30%以上。",
        [("城市生活垃圾回收利用率", ">=", 40, "%", "2023-12-31"), ("生活垃圾回收利用率", ">=", 30, "%", "2023-12-31")],
        "two areas, two targets",
    ),
    (
        "到2025年，地级及以上城市建成区道路机械化清扫率达到80%，县城达到70%。",
        [
            ("建成区道路机械化清扫率", "=", 80, "%", "2025-12-31"),
            ("建成区道路机械化清扫率", "=", 70, "%", "2025-12-31"),
        ],
        "a place alone takes the indicator said before",
    ),
    (
        "到2025年，70%以上国控断面水质达到Ⅱ类。",
        [("水质达到Ⅱ类的国控断面比例", ">=", 70, "%", "2025-12-31")],
        "a share, not a class",
    ),
    (
        "到2025年，75%的国家级园区和50%的省级园区完成循环化改造。",
        [
            ("完成循环化改造的国家级园区比例", "=", 75, "%", "2025-12-31"),
            ("完成循环化改造的省级园区比例", "=", 50, "%", "2025-12-31"),
        ],
        "two shares with one predicate",
    ),
    ("干流水质稳定保持Ⅱ类。", [("干流水质", "=", "Ⅱ", "类", None)], "a water class"),
    (
        "新建农村生活污水处理设施350座、农村生活污水管网900公里。",
        [("农村生活污水处理设施", "=", 350, "座", None), ("农村生活污水管网", "=", 900, "公里", None)],
        "the number behind the thing, one verb for two",
    ),
    (
        "到2025年，完成268座乡镇生活污水处理设施达标改造和84座乡镇生活污水处理设施提标改造。",
        [
            ("乡镇生活污水处理设施达标改造", "=", 268, "座", "2025-12-31"),
            ("乡镇生活污水处理设施提标改造", "=", 84, "座", "2025-12-31"),
        ],
        "the number before the thing, twice",
    ),
    (
        "到2025年，自然保护地面积占比不低于13.8%。",
        [("自然保护地面积占比", ">=", 13.8, "%", "2025-12-31")],
        "不低于 is no upper bound",
    ),
    (
        "到2025年，全市年用水总量控制在100亿立方米以内。",
        [("年用水总量", "<=", 100, "亿立方米", "2025-12-31")],
        "an upper bound",
    ),
    (
        "到2025年，新能源汽车新车销售量达到汽车新车销售总量的20%左右。",
        [("新能源汽车新车销售量占汽车新车销售总量比重", "~", 20, "%", "2025-12-31")],
        "a share of a whole",
    ),
    (
        "电炉炼钢占比达到5%-10%。",
        [("电炉炼钢占比", ">=", 5, "%", None), ("电炉炼钢占比", "<=", 10, "%", None)],
        "a range is two bounds",
    ),
    (
        "到2025年，高等教育毛入学率由2020年的54%提高到60%。",
        [("高等教育毛入学率", "=", 60, "%", "2025-12-31")],
        "the year a change starts from governs nothing and names nothing",
    ),
    ("乡镇运输服务站覆盖率由90%提升至95%。", [("乡镇运输服务站覆盖率", "=", 95, "%", None)], "the value a change starts from"),
    ("到2025年，生师比控制在16:1以内。", [("生师比", "<=", 16, ":1", "2025-12-31")], "a ratio"),
    (
        "到2025年，孕产妇死亡率、婴儿死亡率分别控制在12/10万、5‰以下。",
        [("孕产妇死亡率", "<=", 12, "/10万", "2025-12-31"), ("婴儿死亡率", "<=", 5, "‰", "2025-12-31")],
        "per hundred thousand",
    ),
    (
        "新建大型数据中心电能利用效率（PUE）不高于1.25，其中高新区达到1.2以下。",
        [("大型数据中心电能利用效率（PUE）", "<=", 1.25, None, None), ("大型数据中心电能利用效率（PUE）", "<=", 1.2, None, None)],
        "an index without unit, and its value in an area",
    ),
    (
        "接受过学前教育的儿童比例，到2023年底达到80%以上，到2025年底达到90%以上。",
        [("接受过学前教育的儿童比例", ">=", 80, "%", "2023-12-31"), ("接受过学前教育的儿童比例", ">=", 90, "%", "2025-12-31")],
        "what is measured is said before the dates",
    ),
    (
        "新能源公交车占比达到85%（其中城市公交不低于90%）。",
        [("新能源公交车占比", "=", 85, "%", None), ("新能源公交车占比", ">=", 90, "%", None)],
        "a value in brackets",
    ),
    (
        "三年内完成规上工业企业智能化诊断500家（其中2024年不少于200家）。",
        [("规上工业企业智能化诊断", "=", 500, "家", "2025-08-31"), ("规上工业企业智能化诊断", ">=", 200, "家", "2024-12-31")],
        "a date in brackets governs what is in them",
    ),
    ("新增高效节水灌溉面积10万亩（其中喷微灌5万亩）。", [("新增高效节水灌溉面积", "=", 10, "万亩", None), ("喷微灌", "=", 5, "万亩", None)], "a part in brackets behind the figure"),
    ("完成2条（段）幸福河湖建设。", [("幸福河湖建设", "=", 2, "条", None)], "a gloss on the unit"),
    (
        "建设5—8所高水平高职院校。",
        [("高水平高职院校", ">=", 5, "所", None), ("高水平高职院校", "<=", 8, "所", None)],
        "a range of things made",
    ),
    ("公用经费财政拨款标准不低于500元/年·生。", [("公用经费财政拨款标准", ">=", 500, "元/年·生", None)], "a unit per year and pupil"),
    ("人均基本公共卫生服务经费补助标准提高至94元。", [("人均基本公共卫生服务经费补助标准", "=", 94, "元", None)], "how much is paid is what changes"),
    ("家庭经济困难学生资助比例达100%。", [("家庭经济困难学生资助比例", "=", 100, "%", None)], "a rate beside a word of paying"),
    ("到2025年，数字经济规模突破3000亿元，占GDP比重达到50%。", [("数字经济规模", ">=", 3000, "亿元", "2025-12-31"), ("数字经济占GDP比重", "=", 50, "%", "2025-12-31")], "a share of what was said before"),
    ("进出口额年均增速保持在20%左右，到2025年达到150亿元。", [("进出口额年均增速", "~", 20, "%", None), ("进出口额", "=", 150, "亿元", "2025-12-31")], "a growth rate and then the sum that grows"),
    ("2023年新建5G基站4000个，2024年新建5000个。", [("5G基站", "=", 4000, "个", "2023-12-31"), ("5G基站", "=", 5000, "个", "2024-12-31")], "the things are said once"),
    ("校长、教师交流轮岗比例不低于符合条件教师总数的10%。", [("校长、教师交流轮岗比例", ">=", 10, "%", None)], "the whole stands before the value"),
    ("城乡供水一体化率、农村自来水普及率、水质合格率分别达到85%、96%、98%。", [("城乡供水一体化率", "=", 85, "%", None), ("农村自来水普及率", "=", 96, "%", None), ("水质合格率", "=", 98, "%", None)], "普及 is one word"),
    ("到2025年，海外仓面积较2022年增长一倍以上。", [("海外仓面积", ">=", 1, "倍", "2025-12-31")], "times, in words"),
    ("船舶靠港岸电使用率较上年提升5个百分点以上。", [("船舶靠港岸电使用率", ">=", 5, "百分点", None)], "measured from last year"),
    ("到2025年，两化融合发展水平指数达到66。", [("两化融合发展水平指数", "=", 66, None, "2025-12-31")], "an index that is a whole number"),
    ("完成综合交通投资3800亿元以上，力争4000亿元。", [("综合交通投资", ">=", 3800, "亿元", None), ("综合交通投资", "=", 4000, "亿元", None)], "a second thought without predicate"),
    ("创建示范县3个，建成“四好农村路”全国示范县2个。", [("示范县", "=", 3, "个", None), ("“四好农村路”全国示范县", "=", 2, "个", None)], "a county that is made is no area"),
    ("争取2个以上项目纳入国家规划。", [("项目纳入国家规划", ">=", 2, "个", None)], "a number of things that are to get somewhere"),
    ("新建公共机构建筑、新建厂房屋顶光伏覆盖率力争达到50%。", [("新建公共机构建筑、新建厂房屋顶光伏覆盖率", "=", 50, "%", None)], "新建 says of which buildings"),
    ("新建户厕入户率必须达到100%，不得以任何理由强迫农户改厕。", [("新建户厕入户率", "=", 100, "%", None)], "a figure before what is forbidden"),
    ("培育年产值超百亿元企业5家、超50亿元企业10家。", [("年产值超百亿元企业", "=", 5, "家", None), ("超50亿元企业", "=", 10, "家", None)], "a size that tells the firms apart"),
    ("安装太阳能路灯2000盏，栽植乡土树种10万株。", [("太阳能路灯", "=", 2000, "盏", None), ("乡土树种", "=", 10, "万株", None)], "verbs of works in villages"),
    ("鼓励金融机构推出绿色金融产品3项以上。", [("绿色金融产品", ">=", 3, "项", None)], "who is encouraged is not what is counted"),
    ("2023年底前实现100项高频事项一次办结。", [("高频事项一次办结", "=", 100, "项", "2023-12-31")], "a number of things brought about"),
    ("推动“零就业”家庭至少有一人就业。", [("“零就业”家庭就业", ">=", 1, "人", None)], "a numeral in words"),
    (
        "到2025年，溶剂型涂料使用比例降低20个百分点。溶剂型胶粘剂使用量降低20%。",
        [("溶剂型涂料使用比例", "=", 20, "百分点", "2025-12-31"), ("溶剂型胶粘剂使用量", "=", 20, "%", "2025-12-31")],
        "the date goes on where the next sentence is a figure too",
    ),
    (
        "到2024年，生活污水集中收集率提升到55%以上、垃圾分类覆盖率达到80%以上；到2025年，分别提升到60%和90%以上。",
        [
            ("生活污水集中收集率", ">=", 55, "%", "2024-12-31"),
            ("垃圾分类覆盖率", ">=", 80, "%", "2024-12-31"),
            ("生活污水集中收集率", ">=", 60, "%", "2025-12-31"),
            ("垃圾分类覆盖率", ">=", 90, "%", "2025-12-31"),
        ],
        "分别 goes back to the list before",
    ),
    (
        "到2023年、2025年，全省高标准农田面积分别达到5000万亩、5500万亩。",
        [("高标准农田面积", "=", 5000, "万亩", "2023-12-31"), ("高标准农田面积", "=", 5500, "万亩", "2025-12-31")],
        "分别 over dates",
    ),
    (
        "全省PM2.5平均浓度由2020年的36微克/立方米下降到2025年的32微克/立方米以下。",
        [("PM2.5平均浓度", "<=", 32, "微克/立方米", "2025-12-31")],
        "from where to where",
    ),
    (
        "到2025年，农田灌溉水有效利用系数提高到0.58以上。",
        [("农田灌溉水有效利用系数", ">=", 0.58, None, "2025-12-31")],
        "no unit",
    ),
    (
        "到2025年，单位GDP能源消耗、用水量比2020年分别降低13.5%、16%左右。",
        [("单位GDP能源消耗", "~", 13.5, "%", "2025-12-31"), ("单位GDP用水量", "~", 16, "%", "2025-12-31")],
        "a common beginning",
    ),
    (
        "到2025年，全国主要农作物化肥农药使用量减少，利用率均达到43%以上。",
        [("主要农作物化肥农药利用率", ">=", 43, "%", "2025-12-31")],
        "a bare rate is that of the thing said before",
    ),
]

NEITHER = [
    ("能耗占全市80%以上的企业应当开展能源审计。", "which enterprises, and no share of them"),
    ("对排放量占全省65%以上的重点企业实施超低排放改造。", "which ones, behind 对"),
    ("今年以来完成整治120处。", "what is reached already"),
    ("开展全省500余家重点排放单位的核查工作。", "all there are, and no number to be reached"),
    ("对全州30处地质灾害隐患点进行排危除险。", "all there are"),
    ("企业年营业收入不低于2000万元，从业人员不少于50人的，可以申请认定。", "who may apply"),
    ("安排1000万元专项资金支持绿色改造。", "what is spent"),
    ("重点支持3所学校开展专科层次培养的探索。", "what is tried out is named, not counted"),
    ("于11月10日前开展相关工作，形成自查报告。", "what is done on a day is a task"),
    ("2022年6月底前，各市明确改造计划，建立工作台账。", "what comes after an order is ordered too"),
    ("禁止在长江干流岸线3公里范围内新建尾矿库。", "a threshold of a prohibition"),
    ("稳步推广400总吨以下小型船舶生活污水交岸接收。", "a scope"),
    ("落实30亩以上专用池塘养殖场尾水治理措施。", "a scope"),
    ("对年综合能耗5万吨标准煤及以上的项目加强指导。", "a scope"),
    ("加强城市建成区生活垃圾日清运量超过300吨的地区设施建设。", "a scope"),
    ("加快推进成都、自贡、泸州等15个市“无废城市”建设。", "a count that describes"),
    ("开展纳入全国碳交易市场的220家电力企业核查工作。", "a count that describes"),
    ("2020年，全省优良天数比例为90.7%，较2015年提高5.5个百分点。", "reached already"),
    ("“十三五”期间，单位GDP能耗降低17.4%。", "reached already"),
    ("按照改造成本的50%给予最高500万元补助。", "a sum paid out"),
    ("推行供地比例由30%扩展到全部工业用地。", "where it starts from"),
    ("着力化解长江干流岸线3公里、重要支流岸线1公里范围的尾矿库环境风险。", "distances"),
    ("实施退捕渔民“十省百县千户”跟踪帮扶方案。", "a name"),
    ("近三年来，全省累计完成投资300亿元，森林覆盖率提高2.1个百分点。", "looks back"),
    ("截至2022年底，全市共有污水处理厂35座，处理能力达120万吨/日。", "looks back"),
    ("对未完成年度目标任务的，扣减10%的奖补资金。", "a penalty"),
    ("持续提升生态系统质量。", "an undated wish"),
    ("全面加强小流域综合治理，提升治理水平。", "an undated order"),
]

OUTCOMES = [
    ("到2025年，县级城市建成区黑臭水体基本消除。", [("县级城市建成区黑臭水体", "基本消除")], "subject and state"),
    (
        "到2025年，地级及以上城市基本解决管网混错接问题，基本消除生活污水直排。",
        [("管网混错接问题", "基本解决"), ("生活污水直排", "基本消除")],
        "verb first",
    ),
    ("到2025年，长江经济带所有化工园区完成认定工作。", [("化工园区", "完成认定工作")], "an area and a completion"),
    (
        "2025年底前全面建立监测预警体系，实施监测数据共享，落实保障目标。",
        [("监测预警体系", "全面建立")],
        "orders after it are tasks",
    ),
    ("到2025年，尾矿库数量明显减少。开展排查整治。", [("尾矿库数量", "明显减少")], "the next sentence is not dated"),
    (
        "力争2030年前实现碳达峰、2060年前实现碳中和。",
        [("碳达峰", "实现"), ("碳中和", "实现")],
        "two dates in one stretch",
    ),
    ("4月底前，出台节能降碳技术改造实施方案。", [], "an order with a date: a task, and no state that is reached"),
    ("2016年，各地区要制定范围更宽、标准更高的淘汰政策。", [], "somebody is told to do something"),
    ("到2025年，市场主体具备数字人民币受理能力。", [("市场主体具备数字人民币受理能力", "市场主体具备数字人民币受理能力")], "a verb of being so"),
    ("到2025年底，基础设施基本完善、产业生态初步构建。", [("基础设施", "基本完善"), ("产业生态", "初步构建")], "two states joined by 、"),
    ("到2025年，办好一批高水平师范院校。", [("办好一批高水平师范院校", "办好一批高水平师范院校")], "some of a kind"),
    ("到2025年，数字经济规模较2020年翻一番。", [("数字经济规模", "翻一番")], "what it is measured from is no part of the name"),
    ("2025年年底前，各市要基本完成燃煤锅炉改造。", [("燃煤锅炉改造", "基本完成")], "told, and a state that is reached"),
]


@pytest.mark.parametrize(("text", "expected", "reason"), QUANTITATIVE)
def test_quantitative(text: str, expected: list[Row], reason: str, targets_of: Callable[..., list[Target]]) -> None:
    found = [(t.indicator, t.comparator, t.value, t.unit, t.deadline) for t in targets_of(text) if t.value is not None]
    assert found == expected, reason


@pytest.mark.parametrize(("text", "reason"), NEITHER)
def test_no_target(text: str, reason: str, targets_of: Callable[..., list[Target]]) -> None:
    assert targets_of(text) == [], reason


@pytest.mark.parametrize(("text", "expected", "reason"), OUTCOMES)
def test_outcome(
    text: str, expected: list[tuple[str, str]], reason: str, targets_of: Callable[..., list[Target]]
) -> None:
    found = targets_of(text)
    assert [(t.indicator, t.state) for t in found] == expected, reason
    assert all(t.value is None and t.deadline for t in found)


def test_what_is_promised_in_the_next_sentence_has_the_date_before_it(targets_of: Callable[..., list[Target]]) -> None:
    text = "到2025年，煤炭消费比重降低到65%以下。重点区域力争实现煤炭消费总量负增长。"
    assert [(t.value, t.state, t.deadline) for t in targets_of(text)] == [
        (65, None, "2025-12-31"),
        (None, "实现煤炭消费总量负增长", "2025-12-31"),
    ]


def test_alternative_refers_to_the_first(targets_of: Callable[..., list[Target]]) -> None:
    first, second = targets_of("到2025年，城市生活污水集中收集率提升至70%以上或比2020年提高5个百分点以上。")
    assert (second.alternative_to, second.indicator, second.value, second.unit) == (
        first.id,
        first.indicator,
        5,
        "百分点",
    )
    assert (first.relative, second.relative, second.baseline) == (None, "increase", "2020")


def test_ahead_of_the_date_for_one_area(targets_of: Callable[..., list[Target]]) -> None:
    whole, part = targets_of("到2025年年底，黑臭水体基本消除，其中长江三角洲区域力争提前一年完成。")
    assert (whole.deadline, part.deadline) == ("2025-12-31", "2024-12-31")
    assert (part.indicator, part.state, part.area, part.hedge) == ("黑臭水体", "基本消除", "长江三角洲区域", "力争")


def test_goal_section_lends_its_date(
    provision_of: Callable[..., Provision], context_of: Callable[..., Context]
) -> None:
    provision = provision_of("水质优良比例达到98.5%；尾矿库环境风险隐患基本可控。", kind="goal")
    found = extract_targets(provision, context_of(goal_deadline="2025-12-31"))
    assert [(t.deadline, t.deadline_inherited) for t in found] == [("2025-12-31", True)] * 2


@pytest.mark.parametrize(
    ("text", "title", "expected", "reason"),
    [
        ("可再生能源发电装机达到6700万千瓦，碳排放强度进一步降低。", "某省绿色低碳转型2022年行动计划", ["2022-12-31"] * 2, "a plan of a year"),
        ("数字经济规模突破3000亿元。", "某市数字经济三年行动计划（2023—2025年）", ["2025-12-31"], "a plan of three years"),
        ("力争通过三年努力，数字经济规模突破3000亿元。", "某市数字经济三年行动计划（2023—2025年）", ["2025-12-31"], "its three years"),
        ("森林覆盖率达到40%。", "某省“十四五”林业发展规划", ["2025-12-31"], "a five-year plan"),
        ("森林覆盖率达到40%。", "某省促进林业发展的若干措施", [None], "a title without years"),
        ("到2024年，优良水体比例达到90%。森林覆盖率达到40%。", "某市2023年水利工作安排", ["2024-12-31"] * 2, "a date of their own comes first"),
    ],
)
def test_years_of_the_title_govern_goals_without_date(text: str, title: str, expected: list[str | None], reason: str) -> None:
    source = read_text(f"{title}\n\n一、工作目标\n\n{text}\n\n二、主要任务\n\n加强监管。\n".encode(), name="p.txt")
    ((document, clauses),) = segment(source, doc_id="p")
    assert [t.deadline for t in extract(source, document, clauses).targets] == expected, reason


@pytest.mark.parametrize(
    ("text", "expected", "why"),
    [
        ("到2030年，家政市场更加规范，从业人员素质不断提升，行业健康发展。", ["家政市场更加规范", "从业人员素质不断提升", "行业健康发展"], "从 of 从业 links nothing"),
        ("总体目标：到2030年，救助体系更加完善。", ["救助体系更加完善"], "a label is no outcome"),
        ("各县于2030年6月底前，将方案报省厅。", [], "who and until when"),
        ("全年服务旅客达30万人次；构建便民服务新模式。", ["全年服务旅客达30万人次"], "the year is for the figure"),
    ],
)
def test_what_counts_as_an_outcome(targets_of: Callable[..., list[Target]], text: str, expected: list[str], why: str) -> None:
    found = [t.text.removeprefix("全年") for t in targets_of(text, kind="goal" if "目标" in text else "measure")]
    assert found == [quote.removeprefix("全年") for quote in expected], why


def test_heading_of_a_stage_gives_its_date_to_what_is_reached() -> None:
    text = "某市燃气安全整治方案\n\n一、实施步骤\n\n（一）部署排查（2024年3月底前）。各县按照本方案，全面排查老旧管网，建立台账。\n\n（二）巩固提升（2025年11月底前）。管网隐患得到有效消除，安全形势持续向好。\n"
    source = read_text(text.encode(), name="p.txt")
    ((document, clauses),) = segment(source, doc_id="p")
    found = extract(source, document, clauses).targets
    assert [(t.text, t.deadline) for t in found] == [("管网隐患得到有效消除", "2025-11-30"), ("安全形势持续向好", "2025-11-30")]


def test_second_thought_keeps_the_indicator(targets_of: Callable[..., list[Target]]) -> None:
    found = targets_of("到2025年，全省单位生产总值能耗比2020年下降14%，力争下降14.5%。")
    assert [(t.indicator, t.value, t.hedge, t.concept) for t in found] == [
        ("单位生产总值能耗", 14, None, "energy-use-per-unit-of-gdp"),
        ("单位生产总值能耗", 14.5, "力争", "energy-use-per-unit-of-gdp"),
    ]


def test_row_of_a_flattened_indicator_table(targets_of: Callable[..., list[Target]]) -> None:
    (target,) = targets_of("受污染耕地安全利用率90%左右93%左右约束性", kind="goal")
    assert (target.indicator, target.comparator, target.value) == ("受污染耕地安全利用率", "~", 93)


def test_spans_lead_back_to_the_source(targets_of: Callable[..., list[Target]]) -> None:
    text = "到 2025 年，农膜回收\n率达到 85%以上。"
    (target,) = targets_of(text)
    assert text[target.start : target.end] == "农膜回收\n率达到 85%以上"
    assert target.text == "农膜回收率达到85%以上"


@pytest.mark.parametrize(
    ("text", "indicator", "state"),
    [
        ("到2023年，逐一明确整治方案。", "整治方案", "逐一明确"),  # a noun at the end is no state
        ("到2025年，农村生活污水治理水平有新提升。", "农村生活污水治理水平", "有新提升"),  # a state of two words is not cut
        ("到2025年，实现全国农村环境质量监测点位区县级全覆盖。", "农村环境质量监测点位", "实现区县级全覆盖"),
        (
            "到2023年年底，长江干流岸线3公里范围内和重要支流、湖泊岸线1公里范围内停用时间超过3年的、无生产经营主体的尾矿库完成闭库。",
            "停用时间超过3年的、无生产经营主体的尾矿库",
            "完成闭库",
        ),  # two stretches of bank are one place, and 无 in a modifier opens no state
    ],
)
def test_what_is_measured_is_cut_from_its_state_when_both_are_long(
    targets_of: Callable[..., list[Target]], text: str, indicator: str, state: str
) -> None:
    (found,) = targets_of(text)
    assert (found.indicator.removeprefix("全国"), found.state) == (indicator, state)
