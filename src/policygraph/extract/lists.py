"""What the sentence before a list makes of its items: conditions and contents order nothing, 不得有下列行为 forbids each."""

from __future__ import annotations

import re
from typing import Literal

#: What an item of a list says: nothing to do (`none`), something forbidden, something encouraged.
Listed = Literal["none", "prohibited", "encouraged"]

_BELOW = r"(?:下列|以下|如下)"
_FORBIDS = re.compile(rf"(?:不得|禁止|严禁|不准)[^。；：]{{0,24}}{_BELOW}[^。；：]{{0,10}}：$")
_MAY = re.compile(rf"(?:可以?|有权)[^。；：]{{0,30}}{_BELOW}[^。；：]{{0,10}}：$")
_ENCOURAGES = re.compile(rf"(?:鼓励|支持|倡导)[^。；：]{{0,24}}{_BELOW}[^。；：]{{0,10}}：$")
#: 应当具备下列条件：, 有下列情形之一的，…：, 申请材料包括：, 申报条件：
_NAMES = re.compile(
    rf"{_BELOW}[^，。；：]{{0,8}}(?:条件|情形|情况|材料|资料|文件|证件|证明|内容|信息|事项|因素|原则|对象|行为之一|行为)(?:之一)?的?[^。；：]{{0,30}}：$"
    r"|(?:材料|资料|条件|申请书?|报告|信息|记录|证书|合同|内容|范围|对象|标准)[^，。；：]{0,6}(?:应当?|须|需|主要|一般)?(?:包括|包含|载明|有|为|如下)(?:但不限于)?(?:以下|下列)?[^，。；：]{0,6}：$"
    r"|^[^，。；：]{0,12}(?:条件|材料|范围|对象|情形|资格)：$"
)


def what_is_listed(folded: str) -> Listed | None:
    """What a text that ends with a colon makes of the items behind it; None when they speak for themselves.

    >>> what_is_listed("申请人应当具备下列条件："), what_is_listed("任何单位不得有下列行为："), what_is_listed("采取以下措施：")
    ('none', 'prohibited', None)
    """
    said = folded.rstrip()
    if not said.endswith("："):
        return None
    if _FORBIDS.search(said):
        return "prohibited"
    if _NAMES.search(said) or _MAY.search(said):
        return "none"
    return "encouraged" if _ENCOURAGES.search(said) else None
