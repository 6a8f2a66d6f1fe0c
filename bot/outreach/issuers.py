"""Who may issue a warning, by the name they give: an office; no firm, shop or account that is called like one."""

from __future__ import annotations

import re

from bot.answers.cities import city_in
from bot.answers.normalise import normalise
from bot.answers.regions import NATIONWIDE

#: What an office is about, and what kind of office it is; its name must end with the latter.
_ABOUT = (
    r"气象|应急|防汛|防旱|抗旱|防风|三防|防洪|水利|水务|水文|森林|草原|林业|消防|自然资源|地质|地震|突发|预警|海洋|海事"
    r"|减灾|安全生产|人民政府|街道|国务院"
)
_OFFICE = re.compile(
    rf"(?=.*(?:{_ABOUT})).*(?:部|厅|局|台|站|中心|委|委员会|委办|指挥部|办|办公室|办事处|政府|总队|支队|大队|处|总站)"
)
_PRIVATE = re.compile(
    r"公司|集团|商|店|馆|厂|群|协会|俱乐部|公众号|视频号|工作室|爱好|器材|设备|培训|维保|物业|家属|业主"
)
_PARTS = re.compile(r"[、，,/;；()（）\s]+")
_CENTRAL = re.compile("国家|中央|国务院|全国|中国|(?:应急管理|水利|自然资源|公安|交通运输)部")


def is_office(name: str) -> bool:
    """Whether a name is that of offices which the law lets warn; of several, each must be one."""
    parts = [part for part in _PARTS.split(name.strip().removesuffix("联合")) if part]
    return bool(parts) and all(_OFFICE.fullmatch(part) and not _PRIVATE.search(part) for part in parts)


def reaches(name: str, region: str) -> bool:
    """Whether offices may warn of a region: one that names its place warns of what lies there."""
    if _CENTRAL.search(name):
        return True
    return region != NATIONWIDE and region.startswith(city_in(normalise(name)))
