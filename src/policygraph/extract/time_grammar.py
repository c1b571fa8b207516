"""How the genre writes times: the grammar of dates and periods, and the words around one that say what part it plays."""

from __future__ import annotations

import re
from functools import cache

from policygraph.extract.lexicon import any_of, lexicon

DIGITS = str.maketrans("〇○零一二三四五六七八九", "000123456789")
SMALL = {"一": 1, "二": 2, "两": 2, "三": 3, "四": 4, "五": 5, "六": 6, "七": 7, "八": 8, "九": 9, "十": 10, "半": 0}
YEAR = r"(?:20\d\d|二[〇○零0][一二三四五六七八九〇○零]{2})"
MONTH = r"(?:1[0-2]|0?[1-9]|十[一二]?|[一二三四五六七八九])"
DAY = r"(?:[12]\d|3[01]|0?[1-9]|[二三]?十[一二三四五六七八九]?|[一二三四五六七八九])"
DASH = r"(?:[—–\-－~～]{1,2}|起?[至到])"
LIMIT = r"(?P<limit>之前|以前|前(?!三年|两年|列|述|期|后))?"
#: 2021年12月15日11点前, 11月15日（星期一）下班前, 17:00前
CLOCK = r"(?:(?:[（(](?:星期|周)[一二三四五六日天][）)])?(?:上午|下午|中午|晚上?)?(?:(?:1\d|2[0-4]|[1-9])(?:[时点:：])(?:[0-5]\d)?分?整?|下班)?)"


#: What an expression can begin with, feasts and epochs aside: most characters of a text are none of these.
_HEADS = r"\d“十一二三四五六七八九两半自从于在到至截展提力未今再用利经通本明次当年全第上下后去前"


@cache
def grammar() -> re.Pattern[str]:
    epochs = "|".join(lexicon("periods")["epochs"])
    first = "每汛" + "".join(sorted({word[0] for word in (*lexicon("periods")["seasons"], *lexicon("periods")["feasts"], *lexicon("periods")["epochs"])}))
    # 汛前检查 is a kind of check; 汛前完成检修 is by when
    feasts = "汛(?=前(?:，|基本|全部|全面|完成|建成|必须|要|应|对|将|实现|落实))|" + any_of("periods", "seasons") + "|" + "|".join(sorted(lexicon("periods")["feasts"], key=len, reverse=True))
    return re.compile(
        rf"""(?=[{first}{_HEADS}])(?:
          (?P<days>(?:自|从|于|在)?(?:(?P<days_year>{YEAR})年)?(?P<days_month>{MONTH})月(?P<days_day>{DAY})[日号]{CLOCK}{DASH}
            (?:(?P<until_year>{YEAR})年)?(?:(?P<until_month>{MONTH})月)?(?P<until_day>{DAY})[日号]{CLOCK}(?:止|期间)?)
        | (?P<months>(?P<first_year>{YEAR})年(?P<first_month>1[0-2]|0?[1-9])月?{DASH}(?:(?P<last_year>{YEAR})年)?
            (?P<last_month>1[0-2]|0?[1-9])月底?)
        | (?P<range>(?P<first>{YEAR})年?{DASH}(?P<last>{YEAR})年(?:期间|底|末)?)
        | (?P<numeric>(?:(?:截至|截止|到|至|在|于)(?=20))?(?P<numeric_year>20\d\d)(?P<point>[.\-/])(?P<numeric_month>1[0-2]|0?[1-9])
            (?:(?P=point)(?P<numeric_day>[12]\d|3[01]|0?[1-9])日?{CLOCK}(?P<numeric_limit>之前|以前|前)?|(?P<numeric_close>月?底)前?|月?(?P<numeric_before>之前|以前|前))(?![\d.]))
        | (?P<feast>(?:到|在|于)?(?:(?P<feast_year>{YEAR})年|(?P<feast_word>今年|明年|本年度?)|每年)?(?:的)?(?P<feast_name>{feasts})(?:来临|到来|开始)?(?P<feast_limit>之前|以前|前(?![后期])))
        | (?P<dated>(?:(?:截至|截止|截止到|截至到|展望到?|到|至|在|于)(?={YEAR}年))?(?P<year>{YEAR})年(?P<annual>度)?
            (?: (?P<month>{MONTH})月份?(?:(?P<day>{DAY})(?:[日号]{CLOCK}|(?=之前|以前|前)))?
              | 第?(?P<quarter>[一二三四1-4])季度 | (?P<half>[上下]半年) )?
            (?P<close>年?(?:底|末|终|中(?=前|之前|，|完成|建成))|(?:[上中下]旬))? (?P<turn>初)? (?:(?P<about>前后|左右)|{LIMIT}))
        | (?P<plan>(?:到|至|在)?“?(?P<which>十[一二三四五六七八九]?五)[”"]?(?P<part>期间|时期|规划期|期末|末期?|中期))
        | (?P<aims>“(?P<aims_of>十[一二三四五六七八九]?五)[”"](?=[^，。；：]{{0,24}}(?:目标|指标)(?:是|为|如下|：)))
        | (?P<advance>提前(?P<ahead>[一二两三半]|\d{{1,2}})(?P<ahead_unit>个月|年))
        | (?P<span>(?:力争)?(?:未来|今后|再?用|利用|经过|通过)?(?P<count>[一二两三四五六七八九十半]|\d{{1,2}}){DASH}?
            (?P<count_high>[一二两三四五六七八九十]|\d{{1,2}})?(?P<count_unit>个月|年)(?P<count_half>半)?(?:左右|(?P<longer>(?:或|甚至)更长))?(?P<within>内|之内|以内|(?:的)?(?:时间|努力)|(?<=[未今][来后].[年])(?=，)|(?<=[未今][来后]..[年])(?=，)))
        | (?P<stage>(?P<stage_first>1[0-2]|[1-9])月?(?:[上中下]旬)?{DASH}(?P<stage_last>1[0-2]|[1-9])月(?P<stage_close>份|底|末|[上中下]旬)?)
        | (?P<monthly>(?:(?P<which_year>今年|本年|明年|次年|当年)年?)?(?:截至|到|于|至)?(?P<month2>{MONTH})月份?(?:(?P<day2>{DAY})[日号]{CLOCK})?
            (?P<close2>底|末|中旬|上旬|下旬)?(?P<limit2>之前|以前|前(?!后))?)
        | (?P<word>(?:到)?(?:今年|明年)?(?:第?[一二三四]季度|[上下]半年)(?:末|底)?(?:之前|以前|前)?
            |(?:到|于)?(?:今年|本年度?|明年|后年|年)年?(?:内|底|末|终|中(?=前|之前|，|完成|建成))(?:之前|以前|前)?|今年|明年|全年|去年|上年|前年)
        | (?P<epoch>(?:到|至)?(?:{epochs})))
        """,
        re.VERBOSE,
    )


@cache
def maybe() -> re.Pattern[str]:
    """What a text with an expression has somewhere; most clauses have none of it, and are not read further. A new way of
    writing a time needs its mark here too."""
    ends = "".join(sorted({word[-1] for word in (*lexicon("periods")["seasons"], *lexicon("periods")["feasts"])}))
    return re.compile(
        r"20\d\d[年.\-/]|20\d\d[—–－~～至]|二[〇○零]|[一二三四五六七八九]?五[”\"]?(?:期|时期|末|规划期|中期)|提前|年(?:内|底|末|终|中)|[\d一二三四五六七八九十]月|[全今明后去前上]年|[年月](?:左右|的?时间|之内|以内|的?努力)|季度|半年|世纪"
        r"|[日月年天时周](?:[之以]?内|[之以]?前)|每[个一]?(?:年|月|季|周|星期|日|天|工作日)|五[”\"][^，。；：]{0,24}[目指]标|前[\d一二三四五六七八九十]|次[年月]"
        rf"|[{ends}汛](?:来临|到来|开始)?[之以]?前"
    )


BASELINE = re.compile(r"(?:比|较|相比|以|相对于|相较于)$")
#: 达到2020年的1.5倍, 为2020年的两倍以上, 降到2020年的一半
REACHES_YEAR = re.compile(r"(?:达到?|为|是|相当于|[提升增降减]?[高加长少低大][到至为]|[升降增减][到至为])(?:约|近)?$")
OF_YEAR = re.compile(r"(?:年?[末底])?的?(?:约|近)?(?:[\d.]+|[一两二三四五六七八九十]+)(?:倍|%|成)|(?:年?[末底])?的?(?:约|近)?(?:一半|[一二三四五六七八九十百]+分之)")
ATTRIBUTE = re.compile(r"[^，。；、]{1,10}的(?!基础上|要求|目标)[^，。；]")
#: 2022年主要目标是：…: the year governs what comes after it.
AIMS = re.compile(r"度?[^，。；：、]{0,16}目标(?:任务)?(?:是|为|如下)?：")
#: 2020年参加核查的6家机构: the year says which.
WHICH = re.compile(r"[^，。；\d]{2,24}的\d+[家个名项]")
BASELINE_AFTER = re.compile(r"(?:的)?(?:基础上|水平|基准|相比|为基|增长|的?同期|（)")
FROM_BEFORE = re.compile(r"(?:自|从|期自|由)$")
FROM_AFTER = re.compile(r"(?:\d{1,2}日)?(?:起|以来|开始|以后|后|之后)")
#: 由2020年的54%提高到60%: a value that a change starts from.
FROM_VALUE = re.compile(r"的?(?:约|近|不足)?[\d.,]+[^\d，。；]{0,8}(?:提高|提升|增加|增长|扩大|上升|增|升|下降|降低|降|减少|减|压减|缩短)(?:到|至|为)")
HEAD = re.compile(r"(?:^|[。；，：、！？□）〕”\n\s]|其中|——|\d[.．]|并|且)$")
PROMISE = re.compile(
    r"(?:确保|力争|争取|计划|保证|预计|实现|推动|努力|必须|要求|应|须|应当|务必|原则上)(?:在|于|到)?$"
)
LABEL = re.compile(r"(?<!起始)(?<!开始)(?<!启动)(?:期限|时限|时间|节点|进度|日期|期|限)(?:要求)?[：:为]?$")
EVERY = re.compile(r"(?:每|逐|各|历|上一?|近|连续|过去|第|满|超过|超|每隔|前|过|续存|成立|建成后|投产后|后)$")
PASSED = re.compile(r"已|曾|以?前已|版|修订|修正|印发|发布|第\d|号|出台的|颁布|批准|全国第|现状|（现状")
AREA_BEFORE = re.compile(r"(?:全[省市国县区州]|我[省市国县区州]|本[省市])$")
VERBS = re.compile(
    r"\d|完成|达到|达|提高|提升|下降|降低|减少|增加|增长|实现|建成|建立|形成|控制|保持|稳定|新[建增]|全[部面]|基本|力争"
)
REACHES = re.compile(r"(?:力争|基本|全面)?(?:达到?|实现|提高|提升|完成|新[建增]|下降|降低)")
#: 接入比例2025年不低于80%: a year between what is measured and its value.
REACHES_VALUE = re.compile(r"(?:力争|分别|累计|均)*(?:达到?|不低于|不超过|提高[到至]|提升[到至]|控制在|下降到|降至|超过|突破)约?\d")
#: 2013年底前，全面完成…: ordered; 2013年底前已建成, 2005年底前注册的车辆: not.
ORDERED = re.compile(r"[，、]?(?!已|曾|[^，。；]{0,16}(?:的[^，。；]{2,8}$|了|已))[^，。；]{0,20}?(?:要|应|须|确保|力争|完成|建成|实现|达到|淘汰|供应|基本|全面|全部|制定|出台|编制|印发|上报|报送|建立|取消|启动|开展)")
TAKES_EFFECT = re.compile(r"(?:正式|试|同时)?(?:施行|实施[。；，]|实施$|生效|执行[。；，]|执行$|试行|废止)")
OF_ITSELF = re.compile(r"(?:本|该)(?:办法|规定|通知|意见|政策|方案|条例|细则|措施|规划|计划|决定|标准|通告|公告|规则|规程|指南|制度|若干)[^，。；]{0,6}$")
#: 申报时间为…至…: while something is to be handed in
OPEN_FOR = re.compile(r"(?:申报|受理|报名|征集|提交|填报|推荐|审核|办理|报送|申请|揭榜)(?:起止)?时间[为：]?$")
#: 禁渔期为3月1日至6月30日: how long something is, not when something is to be done.
PERIOD_OF = re.compile(r"(?:期(?:间)?[为：:]|有效期|时间为|期限为|为期?|公示期)$")
HOLDS = re.compile(r"(?:未|无|没有|不(?!低于|少于|超过|小于|大于|断)|的)")
LONE = ("time.name", "time.bare")
LISTED = re.compile(r"(?:完成|建成|达到|实现)?(?:[、，][\u4e00-\u9fff]{1,6}[省市县区州盟旗镇乡]|、[\u4e00-\u9fff]{2,8}(?<![完建实达到]))")
SENTENCE_END = re.compile(r"[。；！？]")
CLAUSE_END = re.compile(r"[，。；：！？]")


@cache
def acts() -> re.Pattern[str]:
    return re.compile(rf"(?:将|要|应|全省|全市|全国|全面|率先|基本)*(?:{any_of('target-words', 'makers')}|{any_of('target-words', 'results')}|{any_of('periods', 'openers')})")


def opens_with_act(words: str) -> bool:
    """Whether words open with a verb: 停止…招生, 全面取消…"""
    return acts().match(words) is not None


@cache
def name_after() -> re.Pattern[str]:
    """What makes the words after a date the rest of a name: 2030年前碳达峰行动方案, 2025年目标任务."""
    return re.compile(
        rf"(?!{any_of('periods', 'openers')})[^，。；：、！？]{{0,22}}?(?:{any_of('periods', 'instruments')})(?=[，。；、！？》）和及]|$)"
    )


@cache
def descriptive() -> re.Pattern[str]:
    return re.compile(any_of("periods", "descriptive"))


@cache
def outlook() -> re.Pattern[str]:
    return re.compile(rf"(?:{any_of('periods', 'outlook_ends')})$")
