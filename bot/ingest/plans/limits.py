"""Limits of format on what is handed in: Word不超过3页, 图片不小于1M, 视频不超过5分钟, 盖章版纸质文件."""

from __future__ import annotations

import re

_THING = r"(?:视频|照片|图片|文字|总结|材料|作品|音频|文件|每张|每个|单张|单个|时长|篇幅|字数|大小|分辨率|像素)"
_LIMIT = re.compile(
    rf"(?:{_THING}[一-鿿]{{0,6}}?)?(?:不少于|不多于|不超过|不低于|不高于|不小于|不大于|大于|小于|高于|低于|控制在|至少|≥|≤|>|<|以上|以内|限)\s*(?:\d+(?:\.\d+)?|[一二三四五六七八九十百千]+)\s*"
    r"(?:字|页|张|幅|分钟|秒|M|MB|GB|G|K|KB|兆|像素|DPI|dpi|P|p|寸|份|个|条)[Bb]?(?:\s*[×xX*]\s*\d+\s*(?:像素)?)?(?:以内|以上|左右)?"
)
_AFTER = re.compile(r"\d+(?:\.\d+)?\s*(?:字|页|张|分钟|秒|M|MB|GB|兆)[Bb]?\s*(?:以内|以上|左右|之内)")
_FORMAT = re.compile(
    r"(?:(?:采用|以|为|格式(?:为|：)?)\s*)?(?:MP4|MPG2?|AVI|MTS|MOV|WMV|JPE?G|PNG|PSD|TIFF?|PDF|WORD|EXCEL|DOCX?|XLSX?|PPTX?|WPS|RAR|ZIP)(?:\s*(?:[、/或和及,，])\s*(?:MP4|MPG2?|AVI|MTS|MOV|WMV|JPE?G|PNG|PSD|TIFF?|PDF|WORD|EXCEL|DOCX?|XLSX?|PPTX?|WPS|RAR|ZIP))*(?:格式|版|文档|表格)?",
    re.I,
)
_FORM = re.compile(
    r"盖章(?:版|扫描件)?(?:纸质(?:文件|版|材料)?|扫描件|PDF|电子版)?|加盖公章|纸质(?:文件|版|材料)|电子(?:文本|版|文档|稿)|一式[一二两三四五六]份|扫描件|文字[+＋和加]照片|照片[一二两三四五六七八九十\d]+(?:至|-|—)?[一二两三四五六七八九十\d]*张"
)


def limits(text: str) -> tuple[str, ...]:
    """Limits of size, length, form and file format that a text sets, in order, each once."""
    found = [(m.start(), m[0].strip("，、（( ")) for p in (_LIMIT, _AFTER, _FORMAT, _FORM) for m in p.finditer(text)]
    out: list[str] = []
    for _, limit in sorted(found):
        if not any(limit in held for held in out):
            out.append(limit)
    return tuple(out)
