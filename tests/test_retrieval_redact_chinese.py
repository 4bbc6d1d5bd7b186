"""Redaction of Chinese personal data in its surface forms, and of what must stay beside it."""

from __future__ import annotations

import pytest

from retrieval.redact import redact


@pytest.mark.parametrize(
    "number",
    [
        "11010519491231002X",
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        "110105 19491231 002X",
        "110105-1949-1231-002X",
    ],
)
def test_an_id_number_is_found_by_its_check_digit(number: str) -> None:
    assert redact(f"我是 {number}，请查").text == "我是 [ID]，请查"


def test_an_id_number_with_a_wrong_check_digit_needs_the_word_for_it() -> None:
    assert redact("身份证号码：110105194912310021").counts == {"ID": 1}
    assert "ID" not in redact("110105194912310021").counts


@pytest.mark.parametrize(
    "number",
    [
        "13800138000",
        "138 0013 8000",
        "138-0013-8000",
        "1 3 8 0 0 1 3 8 0 0 0",
        "+86 138-0013-8000",
        "0086 13800138000",
        "(86)13800138000",
        "１３８００１３８０００",
        "８６－１３８－００１３－８０００",
        "一三八零零一三八零零零",
        "幺三八〇〇幺三八〇〇〇",
        "壹叁捌零零壹叁捌零零零",
        "1三8零零1三8零零零",
    ],
)
def test_a_mobile_number_is_found_in_every_form(number: str) -> None:
    assert redact(f"打{number}给我").text == "打[PHONE]给我"


@pytest.mark.parametrize("number", ["010-88886666", "（021）6888 6666转801", "0755-82345678", "+86 10 8888 6666"])
def test_a_landline_number_is_found(number: str) -> None:
    assert redact(f"座机{number}，谢谢").text == "座机[PHONE]，谢谢"


@pytest.mark.parametrize(
    "number", ["6222021234567890128", "6222 0212 3456 7890 128", "６２２２０２１２３４５６７８９０１２８"]
)
def test_a_bank_card_number_is_found_by_its_check_digit(number: str) -> None:
    assert redact(f"用{number}付").text == "用[CARD]付"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("卡号6222 0212 3456 7890 123", "卡号[CARD]"),
        ("我叫张伟，想退货", "我叫[NAME]，想退货"),
        ("我叫欧阳娜娜。", "我叫[NAME]。"),
        ("收货人：李晓明", "收货人：[NAME]"),
        ("王先生您好", "[NAME]先生您好"),
        ("地址：浙江省杭州市西湖区文三路90号3栋501室", "地址：[ADDRESS]"),
        ("请送到北京市朝阳区建国路88号", "请送到[ADDRESS]"),
        ("住在中关村大街27号院", "住在[ADDRESS]"),
        ("订单号 FH-204817 到了吗", "订单号 [ORDER] 到了吗"),
        ("微信号：wxid_abc123", "微信号：[PHONE]"),
    ],
)
def test_what_a_word_announces_is_found(text: str, expected: str) -> None:
    assert redact(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "客服热线 400-820-8820 或 95588",
        "我们送货到上海和北京，周一到周五 9:00-18:00",
        "价格是138元，重量1.9公斤，一共一千三百八十元",
        "2023年11月12日购买，我是你们的老客户",
        "帐篷Ridgeline 2有货吗？两人用的三季帐",
        "这款马上就到，支持七天无理由退货",
    ],
)
def test_everything_else_stays_as_it_is(text: str) -> None:
    assert redact(text).text == text
