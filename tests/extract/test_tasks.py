"""Tasks: where a directive begins and ends, its verb, object, modality and places."""

import pytest

from policygraph.extract import Context, Provision, extract
from policygraph.extract.lists import what_is_listed
from policygraph.extract.tasks import extract_tasks
from policygraph.model import Clause, Document, Target
from policygraph.read import SourceText, reading
from policygraph.segment import segment

DOCUMENT = Document(id="d", source="d.txt", title="实施方案", region="510000", date="2023-03-23")


def tasks_of(text, *, kind="measure", lead_end=0, notes=(), targets=()):
    clause = Clause(id="d/c", document="d", parent=None, kind=kind, type="paragraph", number=None, heading=None, lead=None,
                    text=text, start=0, end=len(text), order=0, leaf=True, by="t")  # fmt: skip
    aims = [
        Target(id=f"t{i}", document="d", clause="d/c", text=quote, indicator="", start=text.index(quote),
               end=text.index(quote) + len(quote), by="t")
        for i, quote in enumerate(targets)
    ]  # fmt: skip
    return extract_tasks(Provision(clause, reading(text), lead_end, notes), Context(DOCUMENT), aims)


SPANS = [
    ("推动实施空调改造，运用智能管控等技术实现能效提升，建设高效制冷系统。", ["推动实施空调改造", "运用智能管控等技术实现能效提升", "建设高效制冷系统"], "a means with an end of its own"),
    ("数字化转型能够释放出巨大的发展动能。", [], "what comes of something"),
    ("发展绿色建材有利于降低建筑能耗，有助于改善人居环境。", [], "what something is good for"),
    ("推进农业绿色发展是一场深刻革命。", [], "what something is"),
    ("加强节能降碳，对保障能源安全具有重要意义。", [], "what something means"),
    ("近年来，我省持续加强生态保护，不断完善制度体系，取得显著成效。", [], "what was done"),
    ("目前，全市已建立河长制体系，仍存在监管短板。", [], "what is"),
    ("营造有利于创新创业的良好环境。", ["营造有利于创新创业的良好环境"], "which environment"),
    ("推动企业提升能够满足市场需求的供给能力。", ["推动企业提升能够满足市场需求的供给能力"], "which capacity"),
    ("将能耗双控目标分解至各地区。", ["将能耗双控目标分解至各地区"], "将 and 能 of two words"),
    ("充分认识节能工作的重要意义，切实抓好落实。", ["充分认识节能工作的重要意义", "切实抓好落实"], "an order to see what it means"),
    ("加快推进城市饮用水水源地规范化建设，巩固环境整治成效，提升水源地环境风险防控能力。",
     ["加快推进城市饮用水水源地规范化建设", "巩固环境整治成效", "提升水源地环境风险防控能力"], "a verb and an object each"),
    ("推进垃圾分类投放、收集、运输和处理系统建设。", ["推进垃圾分类投放、收集、运输和处理系统建设"], "objects under one verb"),
    ("全面保护天然林资源、推动天然林提质增效、加强公益林建设。",
     ["全面保护天然林资源", "推动天然林提质增效", "加强公益林建设"], "directives listed with 、"),
    ("做好完善制度、加强监管、推进试点等工作。", ["做好完善制度、加强监管、推进试点等工作"], "a list closed by one noun"),
    ("以岷江、沱江、嘉陵江等流域为重点，编制河流应急响应方案。", ["以岷江、沱江、嘉陵江等流域为重点，编制河流应急响应方案"], "scope first"),
    ("按照“有口皆查、应查尽查”要求，对现存排污口开展深入排查。", ["按照“有口皆查、应查尽查”要求，对现存排污口开展深入排查"], "manner"),
    ("充分发挥河湖长制作用，巩固提升黑臭水体治理成效。", ["充分发挥河湖长制作用，巩固提升黑臭水体治理成效"], "means of the next one"),
    ("年底前出台工作方案，一季度完成任务分解。", ["年底前出台工作方案", "一季度完成任务分解"], "dates of the document's year"),
    ("汛前完成预警系统升级改造，更新雨量站120处。", ["汛前完成预警系统升级改造", "更新雨量站120处"], "a season for a date"),
    ("6月、12月各开展一次集中整治。", ["6月、12月各开展一次集中整治"], "two months"),
    ("编制规划，2024年6月底前报省水利厅备案。", ["编制规划", "2024年6月底前报省水利厅备案"], "filing by a date is a task"),
    ("新建供水工程120处、改造老旧管网3500公里。", ["新建供水工程120处", "改造老旧管网3500公里"], "two verbs with a figure each"),
    ("加快推进服务体系建设，即日起，各地不得违规收取保证金。", ["加快推进服务体系建设", "即日起，各地不得违规收取保证金"], "即日起 belongs to what follows"),
    ("面向机电设备维护升级需要，培育再制造解决方案供应商。", ["面向机电设备维护升级需要，培育再制造解决方案供应商"], "a need holds no order"),
    ("对帮扶任务重的县，选派驻村工作队。", ["对帮扶任务重的县，选派驻村工作队"], "places told apart by a clause"),
    ("政务部门采集数据，应当按照一数一源的要求，实现一次采集、共享使用。", ["政务部门采集数据，应当按照一数一源的要求，实现一次采集、共享使用"], "the case and the manner of one order"),
    ("省人民政府应当坚持取之于农的原则，按照规定提高土地出让收入用于农业农村的比例。", ["省人民政府应当坚持取之于农的原则，按照规定提高土地出让收入用于农业农村的比例"], "a principle is the manner"),
    ("将数字政府建设列为领导干部培训内容，加强督导检查。", ["将数字政府建设列为领导干部培训内容", "加强督导检查"], "列为 ends what 将 begins"),
    ("监测样线总长度由320公里增至400公里，加强巡护。", ["加强巡护"], "a length that grows is a state"),
    ("违反本条例规定，擅自占用农田的，由自然资源主管部门责令改正。", ["违反本条例规定，擅自占用农田的，由自然资源主管部门责令改正"], "a breach is the case for an order"),
    ("将低碳理念贯穿于产品设计全过程，推动供应链低碳发展。", ["将低碳理念贯穿于产品设计全过程", "推动供应链低碳发展"], "贯穿 ends what 将 begins"),
    ("新建公共机构建筑、新建厂房屋顶光伏覆盖率力争达到50%。", [], "a rate of new buildings orders nothing"),
    ("新增车辆中新能源汽车比例原则上不低于35%。", [], "a rate softened"),
    ("加强宣传引导，充分发挥行业协会作用。", ["加强宣传引导", "充分发挥行业协会作用"], "stands alone where nothing follows"),
    ("发挥行业协会作用，完善标准体系。", ["发挥行业协会作用", "完善标准体系"], "without 充分 a task of its own"),
    ("在重点流域，选取新污染物，开展调查监测试点。", ["在重点流域，选取新污染物，开展调查监测试点"], "place and choice belong to the act"),
    ("合理设置过渡期，分阶段逐步加严。", ["合理设置过渡期，分阶段逐步加严"], "no object, no task"),
    ("合理规划布局，科学编制实施方案。", ["合理规划布局，科学编制实施方案"], "two verbs and no object wait for the next"),
    ("接受群众监督，群策群力，群防群治。", ["接受群众监督，群策群力，群防群治"], "sayings complete what they follow"),
    ("完善生态环境信息公开机制，让全社会参与到保护行动中来。", ["完善生态环境信息公开机制，让全社会参与到保护行动中来"], "让 is its purpose"),
    ("严格尾矿库项目准入，落实分类分级环境监管，并建立清单。", ["严格尾矿库项目准入", "落实分类分级环境监管", "建立清单"], "并 stays outside"),
    ("将任务完成情况作为重要内容，纳入污染防治成效考核。", ["将任务完成情况作为重要内容，纳入污染防治成效考核"], "纳入 completes 将"),
    ("鼓励供给地和受益地按照自愿协商原则，综合考虑生态产品价值等因素，开展横向生态保护补偿。",
     ["鼓励供给地和受益地按照自愿协商原则，综合考虑生态产品价值等因素，开展横向生态保护补偿"], "the verb is still to come"),
    ("鼓励科研机构、高校、企业、社会团体等，采取联合建立研究平台等方式，推动成果转化。",
     ["鼓励科研机构、高校、企业、社会团体等，采取联合建立研究平台等方式，推动成果转化"], "told nothing yet"),
    ("禁止在岸线3公里范围内新建尾矿库，以提升安全水平为目的的改建除外。",
     ["禁止在岸线3公里范围内新建尾矿库，以提升安全水平为目的的改建除外"], "an exception belongs to the ban"),
    ("各级财政积极支持污染防治，相关市（州）人民政府组织排查整治工业园区“混错接”等情况。",
     ["各级财政积极支持污染防治", "相关市（州）人民政府组织排查整治工业园区“混错接”等情况"], "subjects inside"),
    ("对污染治理不力、存在突出环境问题的地区，视情组织专项督察。", ["对污染治理不力、存在突出环境问题的地区，视情组织专项督察"], "whom it is about"),
    ("涉及或可能对其造成影响的，按有关要求进行专题论证评价。", ["涉及或可能对其造成影响的，按有关要求进行专题论证评价"], "condition"),
    ("城市绿化、道路清扫、建筑施工等行业实施节水技术改造。", ["城市绿化、道路清扫、建筑施工等行业实施节水技术改造"], "a class of bodies as subject"),
    ("持续支持水污染治理，山水林田湖草沙一体化保护、自然保护地体系构建等重点工作。",
     ["持续支持水污染治理，山水林田湖草沙一体化保护、自然保护地体系构建等重点工作"], "a list that runs over a comma"),
    ("全面交办排污口清单，依法审理环境资源案件。", ["全面交办排污口清单", "依法审理环境资源案件"], "rarer verbs after an adverb"),
    ("健全省、市、县三级监察体系；开展专项检查。", ["健全省、市、县三级监察体系", "开展专项检查"], "；parts"),
    ("州数据资源主管部门应当编制发展规划，明确发展目标。", ["州数据资源主管部门应当编制发展规划", "明确发展目标"], "an article"),
    ("政务部门采集数据，应当按照规定进行登记。", ["政务部门采集数据，应当按照规定进行登记"], "应当 gives the order, what stands before is its case"),
    ("除法律、法规另有规定外，政务部门不得拒绝归集数据。", ["除法律、法规另有规定外，政务部门不得拒绝归集数据"], "exception first"),
    ("本办法所称数据共享，是指政务部门提供数据给其他政务部门使用的行为。", [], "a definition orders nothing"),
    ("治理工作取得阶段性进展，生态环境质量持续改善。", [], "states"),
    ("本方案自2023年7月1日起施行。", [], "entry into force"),
    ("为规范数据管理，推进数据共享，结合实际，制定本办法。", [], "why an instrument is made"),
    ("各部门制定本地区工作方案，务实推进项目合作。", ["各部门制定本地区工作方案", "务实推进项目合作"], "本地区 is no instrument"),
    ("申请共享的政务数据，应当明确应用场景。", ["申请共享的政务数据，应当明确应用场景"], "a topic with 的"),
    ("采取区域间定向输出、企业直接吸纳等方式，建立健全劳务输出渠道。",
     ["采取区域间定向输出、企业直接吸纳等方式，建立健全劳务输出渠道"], "采取…方式 is the means"),
    ("通过业务培训、经验交流等方式提高业务水平。", ["通过业务培训、经验交流等方式提高业务水平"], "means and act without a comma"),
    ("及时防范化解风险，及时报告情况。", ["及时防范化解风险", "及时报告情况"], "及 of 及时 is no connective"),
    ("加快公共充电设施建设，重点在南部五个县建设集中换电站。", ["加快公共充电设施建设", "重点在南部五个县建设集中换电站"], "a verb right behind a place"),
    ("严格审核申请材料是否齐全，是否符合规定条件。", ["严格审核申请材料是否齐全，是否符合规定条件"], "what is examined goes on"),
    ("以河道整治为重点，兼顾岸线绿化，实施水系连通工程。", ["以河道整治为重点，兼顾岸线绿化，实施水系连通工程"], "what is minded as well is the manner"),
    ("将易涝点划为重点防护区，在重点防护区，不得新建地下停车场。", ["将易涝点划为重点防护区", "在重点防护区，不得新建地下停车场"], "one character and where to"),
    ("发展现代物流业，以数字化支撑流通体系升级。", ["发展现代物流业", "以数字化支撑流通体系升级"], "the verb behind its means"),
    ("各县对学校食堂卫生状况全面检查，并向市食品安全委员会报告情况。", ["各县对学校食堂卫生状况全面检查", "向市食品安全委员会报告情况"], "the object before the verb, and whom to tell"),
    ("实行闭环管理，并对典型案例予以通报。", ["实行闭环管理", "对典型案例予以通报"], "予以 closes the act"),
    ("对集体用餐单位每季度抽查一次，加强警示教育。", ["对集体用餐单位每季度抽查一次", "加强警示教育"], "so often in so long"),
    ("对不认真开展隐患整改，敷衍塞责的将严肃问责。", ["对不认真开展隐患整改，敷衍塞责的将严肃问责"], "what is not done orders nothing"),
    ("纳入环境监管名录的涉重金属排放企业，安装自动监测设备。", ["纳入环境监管名录的涉重金属排放企业，安装自动监测设备"], "those told apart by a list"),
    ("建设用地调查报告应当自评审通过之日起十个工作日内报送主管部门。", ["建设用地调查报告应当自评审通过之日起十个工作日内报送主管部门"], "an order with its time limit"),
    ("检验机构应当根据食品检验技术规范要求，遵循独立公正的原则，按照规定程序出具检验报告。",
     ["检验机构应当根据食品检验技术规范要求，遵循独立公正的原则，按照规定程序出具检验报告"], "nouns one behind another are no order"),
    ("开展集中整治，拖欠工资问题得到有效遏制，诚信体系得以建立。", ["开展集中整治"], "what is reached is a state"),
    ("产业规模突破万亿，打造先进制造业集群。", ["打造先进制造业集群"], "a size in words"),
    ("年内建设完成20座社区养老服务站。", ["年内建设完成20座社区养老服务站"], "建设完成 is one verb"),
    ("各街道于2025年3月10日前，将排查台账报送区城管局。", ["各街道于2025年3月10日前，将排查台账报送区城管局"], "who and until when come first"),
    ("待系统上线后，由市大数据局统一组织上传。", ["待系统上线后，由市大数据局统一组织上传"], "由 somebody, the verb last"),
    ("各牵头单位要制定推进计划，布建视频感知终端600套。", ["各牵头单位要制定推进计划", "布建视频感知终端600套"], "牵头 is no verb after 各"),
    ("基础薄弱的乡镇街道和学校，要补齐短板。", ["基础薄弱的乡镇街道和学校，要补齐短板"], "those whom the order is for"),
    ("排查阶段：6至8月份，组织燃气管线排查。", ["6至8月份，组织燃气管线排查"], "the label of a stage orders nothing"),
    ("新开通公交线路12条以上，优化站点布局。", ["新开通公交线路12条以上", "优化站点布局"], "新 before a verb"),
    ("统筹推进城域网、配电网、供热网改造。", ["统筹推进城域网、配电网、供热网改造"], "nets that a verb names"),
    ("各街道改造一处农贸市场，并按智慧化的模式建设一个示范点。", ["各街道改造一处农贸市场", "按智慧化的模式建设一个示范点"], "the rule and the verb behind it"),
    ("将其列入年度建设计划，保障资金需求。", ["将其列入年度建设计划", "保障资金需求"], "其 names the object"),
    ("回收包装物总量较2023年增加约一倍，完善回收网点。", ["完善回收网点"], "what grows orders nothing"),
    ("对无人照料的残疾人，由公办托养机构优先接收，并提供康复训练。", ["对无人照料的残疾人，由公办托养机构优先接收", "提供康复训练"], "由 somebody, then another act"),
    ("县级人民政府应当将校车服务纳入公共服务体系，所需资金列入本级预算。",
     ["县级人民政府应当将校车服务纳入公共服务体系", "所需资金列入本级预算"], "列入 with a subject of its own"),
    ("竣工验收后两个月内，建设单位应当移交配套用房。", ["竣工验收后两个月内，建设单位应当移交配套用房"], "the time limit comes first"),
    ("教育、卫生健康等部门按照各自职责，做好校园防疫工作。", ["教育、卫生健康等部门按照各自职责，做好校园防疫工作"], "the duties that bodies act within"),
    ("拒不改正的，处二万元以上五万元以下罚款。", ["拒不改正的，处二万元以上五万元以下罚款"], "a fine"),
    ("一是加强调度，二是强化考核问责。", ["加强调度", "强化考核问责"], "enumerators stay outside"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected", "why"), SPANS)
def test_spans_of_directives(text, expected, why):
    assert [t.text for t in tasks_of(text)] == expected, why


RULES = [
    ("省级水行政主管部门应当会同财政部门，对申报材料组织评审，提出审核意见，报省人民政府批准。",
     ["省级水行政主管部门应当会同财政部门，对申报材料组织评审", "提出审核意见", "报省人民政府批准"], "who, and with whom, is no task"),
    ("市商务局根据专家评审意见，确定拟支持项目名单。", ["市商务局根据专家评审意见，确定拟支持项目名单"], "by what is no task"),
    ("县农业农村局在收到申请材料后，组织现场核查。", ["县农业农村局在收到申请材料后，组织现场核查"], "when is no task"),
    ("区民政局会同区财政局、区审计局联审，并进行实地抽查。", ["区民政局会同区财政局、区审计局联审", "进行实地抽查"], "the verb behind the partners"),
    ("编制实施方案，报送市发展改革委，抄送市财政局。", ["编制实施方案", "报送市发展改革委", "抄送市财政局"], "reports one by one"),
    ("申报单位对材料的真实性负责。", ["申报单位对材料的真实性负责"], "对…负责"),
    ("创建城市对任务完成情况负主体责任。", ["创建城市对任务完成情况负主体责任"], "对…负…责任"),
    ("所需经费由县财政安排，列入年度预算。", ["所需经费由县财政安排", "列入年度预算"], "由…安排"),
    ("补助资金必须专款专用，严禁挤占、挪用。", ["补助资金必须专款专用", "严禁挤占、挪用"], "an order about a thing is complete"),
    ("各地要高度重视，加强组织领导。", ["各地要高度重视，加强组织领导"], "one to somebody goes on"),
    ("条件合格的予以登记，发给资格证书。", ["条件合格的予以登记", "发给资格证书"], "予以 with its act"),
    ("创建工作应争取当地党委的支持。", ["创建工作应争取当地党委的支持"], "a noun that begins with a verb"),
    ("取得排污许可证的单位应于每年1月提交执行报告。", ["取得排污许可证的单位应于每年1月提交执行报告"], "the one told apart, and his order"),
    ("评审委员会组织专家组根据评分办法，对申报材料打分排序。",
     ["评审委员会组织专家组根据评分办法，对申报材料打分排序"], "who is told, by what, and then what"),
    ("电子材料同时通过省政务服务网报送。", ["电子材料同时通过省政务服务网报送"], "a thing, the way, and the verb last"),
    ("请于2024年9月30日前将总结报告寄送至省教育厅。", ["于2024年9月30日前将总结报告寄送至省教育厅"], "请 and 将"),
    ("请各单位参照国家标准，对照年度计划，推进节水型单位创建。", ["各单位参照国家标准，对照年度计划，推进节水型单位创建"], "请 somebody, by what, do what"),
    ("向参保单位发放稳岗补贴。", ["向参保单位发放稳岗补贴"], "to whom, and what"),
    ("书面通知各有关单位。", ["书面通知各有关单位"], "通知 as a verb"),
    ("在具备条件的乡镇建设再生资源回收站点，方便群众交售。", ["在具备条件的乡镇建设再生资源回收站点，方便群众交售"], "where, and what is built"),
    ("从源头上减少包装废弃物。", ["从源头上减少包装废弃物"], "from where"),
    ("通过重新核定岗位、压减管理层级，降低运营成本。", ["通过重新核定岗位、压减管理层级，降低运营成本"], "means listed with 、"),
    ("推动龙头企业利用数字化转型契机，开放共享制造能力。", ["推动龙头企业利用数字化转型契机，开放共享制造能力"], "told to use something, and for what"),
    ("支持皮革、箱包等产业集群面向中小企业，共建共享质检平台。", ["支持皮革、箱包等产业集群面向中小企业，共建共享质检平台"], "whom, and for whom"),
    ("资金的使用管理遵循公开透明，突出重点，注重实效的原则。", ["资金的使用管理遵循公开透明，突出重点，注重实效的原则"], "one list of principles"),
    ("专班由省水利厅、省财政厅有关负责同志组成，负责统筹协调，研究解决重大问题。",
     ["负责统筹协调", "研究解决重大问题"], "who belongs to it is no order"),
    ("领导小组可下设若干工作组。", [], "a permission"),
    ("当事人有权申请复核。", [], "a right"),
    ("重点排污单位可以委托第三方机构开展监测。", [], "a permission"),
    ("申请人应当符合下列条件：", [], "conditions that follow"),
    ("书面申请应包括：", [], "contents that follow"),
    ("有效期届满前三个月内，持证单位应当申请换证。", ["有效期届满前三个月内，持证单位应当申请换证"], "a term of validity that sets a time"),
    ("全县新建或改造20座公厕。", ["全县新建或改造20座公厕"], "two verbs with 或"),
    ("鼓励平台企业降低佣金，引导商户参与促销。", ["鼓励平台企业降低佣金", "引导商户参与促销"], "each is encouraged of its own"),
    ("市生态环境局随机抽取不低于10%的核查报告进行复核。", ["市生态环境局随机抽取不低于10%的核查报告进行复核"], "of how many is no state"),
]


RULES += [
    ("主管部门应当根据技术规范，编制年度计划。", ["主管部门应当根据技术规范，编制年度计划"], "a noun that is a verb elsewhere, behind 根据"),
    ("市人民政府应当采取有效措施，推广节水技术。", ["市人民政府应当采取有效措施，推广节水技术"], "to take measures is no task of its own"),
    ("对购置环保设备的农户，按照购置价的30%给予补贴。", ["对购置环保设备的农户，按照购置价的30%给予补贴"], "who gets something, and what"),
    ("有异议的，可以自收到通知之日起五日内，向原机关申请复核。", [], "a permission over two stretches"),
    ("报县人民政府批准后组织实施，并在批准后十日内报市人民政府备案。",
     ["报县人民政府批准后组织实施", "在批准后十日内报市人民政府备案"], "报…批准后, 在…内报…备案"),
    ("与流域管理机构共享监测数据。", ["与流域管理机构共享监测数据"], "what is done with somebody"),
    ("委托第三方机构，对项目实施情况开展评估。", ["委托第三方机构，对项目实施情况开展评估"], "who is told, and what he does"),
    ("报告应当公开，涉及国家秘密的除外。", ["报告应当公开"], "an exception is no part of the order"),
    ("审核重点包括材料是否齐全，内容是否真实。", [], "what is looked at"),
    ("除应急抢险外，其他施工不得夜间进行。", ["除应急抢险外，其他施工不得夜间进行"], "除…外 and its order"),
    ("为持续改善营商环境，建立首席服务员制度。", ["为持续改善营商环境，建立首席服务员制度"], "the purpose and the order"),
    ("为中小企业数字化转型提供支撑。", ["为中小企业数字化转型提供支撑"], "for whom something is done"),
    ("（二）因停业不再从事生产经营活动的；", [], "an item that tells a case"),
    ("（三）建立安全生产台账；", ["建立安全生产台账"], "the number of an item is no part of the order"),
]


@pytest.mark.parametrize(("text", "expected", "why"), RULES)
def test_spans_in_rules_and_notices(text, expected, why):
    assert [t.text for t in tasks_of(text, kind="article")] == expected, why


FIELDS = [
    ("城镇新建民用建筑全面执行绿色建筑标准。", "执行", "绿色建筑标准", "mandatory", "new says which buildings"),
    ("对符合条件的给予高技能人才培养补助。", "给予", "高技能人才培养补助", "mandatory", "who meets the conditions"),
    ("制定《省级低碳试点示范专项资金管理办法》。", "制定", "《省级低碳试点示范专项资金管理办法》", "mandatory", "a trial in a title is none"),
    ("加快推进重点领域立法", "推进", "重点领域立法", "mandatory", "adverbs stay outside the verb"),
    ("推动建立长江流域信息共享机制", "推动建立", "长江流域信息共享机制", "mandatory", "a chain of verbs stays whole"),
    ("加快节水型服务业建设", "加快", "节水型服务业建设", "mandatory", "加快 is the verb where a noun follows"),
    ("严格重点行业企业准入管理", "严格", "重点行业企业准入管理", "mandatory", "and so is 严格"),
    ("系统、科学推进城市黑臭水体治理", "推进", "城市黑臭水体治理", "mandatory", "two adverbs"),
    ("对现存排污口开展深入排查", "排查", "现存排污口", "mandatory", "the act that 开展 carries"),
    ("对长江经济带自然保护地定期开展人类活动遥感监测", "开展", "人类活动遥感监测", "mandatory", "开展 with an object of its own"),
    ("依法将重点行业企业纳入重点排污单位名录", "纳入", "重点行业企业", "mandatory", "将 names the object"),
    ("鼓励家庭参与节约用水", "鼓励", "家庭参与节约用水", "encouraged", "a clause as object"),
    ("有条件的市（州）积极开展重要湿地划定工作", "开展", "重要湿地划定工作", "encouraged", "有条件的"),
    ("引导公众参与环保志愿服务", "引导", "公众参与环保志愿服务", "encouraged", "引导"),
    ("倡导绿色生活理念", "倡导", "绿色生活理念", "encouraged", "倡导"),
    ("探索异地开发补偿模式", "探索", "异地开发补偿模式", "exploratory", "探索"),
    ("研究构建水功能区划体系", "研究构建", "水功能区划体系", "exploratory", "研究 with what is to come of it"),
    ("开展氢能储运技术探索研究", "开展", "氢能储运技术探索研究", "exploratory", "a search is a trial"),
    ("研究推动解决生态环境保护重要问题", "研究推动解决", "生态环境保护重要问题", "mandatory", "研究解决 is ordered"),
    ("推进土壤污染治理与修复试点项目", "推进", "土壤污染治理与修复试点项目", "exploratory", "试点"),
    ("推广试点经验", "推广", "试点经验", "mandatory", "experience of a trial is no trial"),
    ("严禁非法侵占河湖水域岸线", "严禁", "非法侵占河湖水域岸线", "prohibited", "严禁"),
    ("政务部门不得新建数据中心", "不得", "新建数据中心", "prohibited", "不得 after its subject"),
    ("严格控制煤炭消费增长", "控制", "煤炭消费增长", "mandatory", "strict is not forbidden"),
    ("企业应当依法公开环境信息", "公开", "环境信息", "mandatory", "应当"),
    ("有条件的地区可以设立专项资金", "设立", "专项资金", "encouraged", "who has the means is encouraged"),
    ("逾期未整改的，不予拨付尾款", "不予", "拨付尾款", "prohibited", "不予 forbids"),
    ("参评单位不能同时申报两个奖项", "不能", "同时申报两个奖项", "prohibited", "不能 forbids"),
    ("总结推广智慧农业试点工作经验", "总结", "推广智慧农业试点工作经验", "mandatory", "a trial that something is about"),
    ("成立海绵城市建设试点工作领导小组", "成立", "海绵城市建设试点工作领导小组", "mandatory", "a trial in a name"),
    ("开展老旧小区加装电梯试点工作", "开展", "老旧小区加装电梯试点工作", "exploratory", "a trial that is held"),
    ("研究决定专项资金使用的重大事项", "研究决定", "专项资金使用的重大事项", "mandatory", "to decide is no exploring"),
    ("采取以奖代补等方式鼓励农户参与", "采取", "以奖代补等方式鼓励农户参与", "encouraged", "to encourage, whatever the means"),
    ("通过鼓励拼车、提高停车费用等措施，减少中心城区车流量", "减少", "中心城区车流量", "mandatory", "to encourage is a means"),
    ("各级财政积极支持长江保护修复攻坚战", "支持", "长江保护修复攻坚战", "mandatory", "who pays does not encourage"),
    ("支持企业开展节能改造", "支持", "企业开展节能改造", "encouraged", "支持 somebody"),
]


@pytest.mark.parametrize(("text", "verb", "object_", "modality", "why"), FIELDS)
def test_fields_of_a_directive(text, verb, object_, modality, why):
    [task] = tasks_of(text + "。")
    assert (task.verb, task.object, task.modality) == (verb, object_, modality), why


GOVERNED = [
    ("探索异地开发补偿模式，在供给地和受益地之间建立合作园区，健全利益分配机制。", ["exploratory"] * 3, "what a trial consists of"),
    ("鼓励适时制定差别化的环境标准，合理设置过渡期，引导行业开展改造。", ["encouraged"] * 3, "鼓励 to do this and that"),
    ("鼓励群众举报违法行为，接受群众监督。", ["encouraged", "mandatory"], "the government's own again"),
    ("探索开展共享用工试点；实施技能提升行动。", ["exploratory", "mandatory"], "a semicolon ends the trial"),
    ("研究构建区划体系，衔接国土空间规划分区要求。", ["exploratory", "mandatory"], "研究 reaches no further"),
]


GOVERNED_BY_SUPPORT = [
    ("支持龙头企业建立研发中心，开展共性技术攻关。", ["encouraged", "encouraged"], "what the supported do as well"),
    ("支持龙头企业建立研发中心，提升产业链韧性。", ["encouraged", "mandatory"], "what comes of it"),
    ("鼓励运营机构开放接口，形成良性互动的生态体系。", ["encouraged", "mandatory"], "what arises from it"),
    ("鼓励居民参与垃圾分类，设置智能回收设施。", ["encouraged", "mandatory"], "the public is encouraged, the government acts"),
]


@pytest.mark.parametrize(("text", "expected", "why"), GOVERNED_BY_SUPPORT)
def test_modality_reaches_what_the_supported_do(text, expected, why):
    assert [t.modality for t in tasks_of(text)] == expected, why


@pytest.mark.parametrize(("text", "expected", "why"), GOVERNED)
def test_modality_of_what_follows(text, expected, why):
    assert [t.modality for t in tasks_of(text)] == expected, why


TARGETED = [
    ("新建学校50所，受高等教育比例提高到20%，提高2.9个百分点。", ["新建学校50所", "受高等教育比例提高到20%", "提高2.9个百分点"], [("新建学校50所", True)], "by how much it rises is no order"),
    ("2024年上半年，每个县（市、区）至少建成1所托育服务中心。", ["每个县（市、区）至少建成1所托育服务中心"], [("2024年上半年，每个县（市、区）至少建成1所托育服务中心", True)], "each county is told to build"),
    ("年底前80%以上的县级医院建成胸痛中心，完善急救网络。", ["80%以上的县级医院建成胸痛中心"], [("完善急救网络", False)], "a share of those who are to get there"),
    ("新建生活污水处理设施350座。", ["新建生活污水处理设施350座"], [("新建生活污水处理设施350座", True)], "a number to be built is both"),
    ("到2025年年底，推动建立长效管理机制。", ["推动建立长效管理机制"], [("到2025年年底，推动建立长效管理机制", True)], "a dated order is both"),
    ("到2025年年底，县级城市建成区黑臭水体基本消除。", ["黑臭水体基本消除"], [], "a state"),
    ("到2025年年底，基本消除生活污水直排，集中收集率达到70%。", ["基本消除生活污水直排", "集中收集率达到70%"], [], "reads like an action, is a state"),
    ("到2024年底，水源保护区完成定界立标。", ["水源保护区完成定界立标"], [], "no body is told to"),
    ("2023年底前，各市县人民政府完成整治任务。", ["完成整治任务"], [("2023年底前，各市县人民政府完成整治任务", True)], "a body is told to"),
    ("推进水源地治理，到2025年底，水质达标率达到100%。", ["水质达标率达到100%"], [("推进水源地治理", False)], "the order beside it"),
]


@pytest.mark.parametrize(("text", "targets", "expected", "why"), TARGETED)
def test_tasks_beside_targets(text, targets, expected, why):
    assert [(t.text, t.has_target) for t in tasks_of(text, targets=targets)] == expected, why


def test_lead_is_a_heading():
    text = "深化黑臭水体治理。全面开展黑臭水体排查。"
    assert [t.text for t in tasks_of(text, lead_end=9)] == ["全面开展黑臭水体排查"]


def test_lead_is_the_task_when_nothing_else_is_said():
    assert [t.text for t in tasks_of("深化黑臭水体治理。", lead_end=9)] == ["深化黑臭水体治理"]


def test_notes_are_no_tasks():
    text = "加强磷石膏综合利用。（生态环境厅牵头，水利厅负责落实）"
    assert [t.text for t in tasks_of(text, notes=((10, len(text)),))] == ["加强磷石膏综合利用"]


@pytest.mark.parametrize("kind", ["goal", "principle", "preamble", "definition", "front"])
def test_other_clauses_order_nothing(kind):
    assert tasks_of("加强统筹协调。", kind=kind) == []


def test_spans_lead_back_to_the_source():
    text = "全面开展\n\n— 10 —\n\n黑臭水体排查，建立\n清单。"
    first, second = tasks_of(text)
    assert (first.text, second.text) == ("全面开展黑臭水体排查", "建立清单")
    assert text[second.start : second.end] == "建立\n清单"
    assert [first.id, second.id] == ["d/c/task_1", "d/c/task_2"]


def test_a_text_may_end_behind_a_verb():
    text = "2023年年底前新增2家环保制造业创新中心.4、技术引领，整体提升"
    assert [t.text for t in tasks_of(text)] == [text]


def test_hedge_of_a_directive():
    [task] = tasks_of("逐步提高非常规水利用比例。")
    assert task.hedge == "逐步"


LISTS = [
    ("申请人应当具备下列条件：", [], "conditions"),
    ("申请时应当提交下列材料：", [], "papers"),
    ("申请材料包括：", [], "papers without 下列"),
    ("有下列情形之一的，撤销称号：", [], "cases"),
    ("市人民政府可以采取以下措施：", [], "what is permitted"),
    ("任何单位和个人不得有下列行为：", ["prohibited"], "what is forbidden"),
    ("鼓励企业开展下列活动：", ["encouraged"], "what is encouraged"),
    ("主管部门履行以下职责：", ["mandatory"], "what is ordered"),
    ("采取以下措施：", ["mandatory"], "what is ordered"),
]


@pytest.mark.parametrize(("lead", "expected", "why"), LISTS)
def test_items_of_a_list_say_what_their_lead_makes_of_them(lead, expected, why):
    clause = Clause(id="d/c", document="d", parent=None, kind="article", type="item", number="（一）", heading=None, lead=None,
                    text="（一）建立安全生产台账；", start=0, end=12, order=0, leaf=True, by="t")  # fmt: skip
    context = Context(DOCUMENT, listed=what_is_listed(lead))
    assert [t.modality for t in extract_tasks(Provision(clause, reading(clause.text)), context)] == expected, why


def test_number_of_an_article_is_no_part_of_its_task():
    text = "某省节约用水条例\n第一条 鼓励企业开展节水改造。\n第二条 省水利厅应当公布名录。\n"
    source = SourceText(name="x.txt", sha256="", text=text)
    ((document, clauses),) = segment(source, doc_id="x")
    tasks = extract(source, document, clauses).tasks
    assert [task.text for task in tasks] == ["鼓励企业开展节水改造", "省水利厅应当公布名录"]
    assert [text[task.start : task.end] for task in tasks] == [task.text for task in tasks]
