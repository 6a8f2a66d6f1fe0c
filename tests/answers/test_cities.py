"""Provinces and cities are found by the names that people use, and nothing else is taken for one."""

import pytest

from bot.answers.cities import city_in


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("杭州高温津贴多少", "浙江省杭州市"),
        ("浙江杭州的最低工资", "浙江省杭州市"),
        ("在黑龙江能放炮吗", "黑龙江省"),
        ("内蒙古的防火期", "内蒙古自治区"),
        ("延边怎么上牌", "吉林省延边朝鲜族自治州"),
        ("西安的扫雪规定", "陕西省西安市"),
        ("山西安全生产条例", "山西省"),
        ("推广安全知识", ""),
        ("这东西安全吗", ""),
        ("这东西安装要多少钱", ""),
        ("灭火器开封后能放多久", ""),
        ("安康杯竞赛是什么", ""),
        ("安康市的防火期", "陕西省安康市"),
        ("从广东到贵州跑运输", ""),
        ("工伤认定多久", ""),
    ],
)
def test_city_is_found_by_its_name(text: str, place: str) -> None:
    assert city_in(text) == place
