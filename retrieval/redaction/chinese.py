"""Chinese personal data in its surface forms: id, telephone and bank card numbers, addresses, names after a cue word.

Digits may be of full width or written as numerals (一三八, 壹叁捌, 幺), in groups, with a country code. Numbers of
hotlines (400, 800) stay. Names are found only where a word announces them.
"""

from __future__ import annotations

import re
from datetime import date

from retrieval.redaction.gazetteer import load_names
from retrieval.redaction.numbers import passes_luhn
from retrieval.redaction.page import Rule

NUMERALS = str.maketrans(
    "〇零一壹二贰貳两三叁參四肆五伍六陆陸七柒八捌九玖幺",
    "0011222233344556667788991",
)
DIGIT = "[0-9〇零一壹二贰貳两三叁參四肆五伍六陆陸七柒八捌九玖幺]"
GAP = r"[ .·/-]{0,2}"
LINK = r"(?:号码?)?[是为為:：\s]{0,4}"

END = "(?![0-9A-Za-z])"
START = "(?<![0-9A-Za-z])"

# 18 digits: district, birthday, serial number, check digit.
ID_CARD = re.compile(rf"{START}{DIGIT}(?:{GAP}{DIGIT}){{16}}{GAP}(?:{DIGIT}|[Xx]){END}")
NAMED_ID_CARD = re.compile(
    rf"(?P<keep>(?:身份证|证件|護照|护照|通行证|社保卡?|驾驶证){LINK})"
    rf"(?:[A-Za-z]{{1,2}})?{DIGIT}(?:{GAP}{DIGIT}){{6,16}}{GAP}[0-9Xx]?{END}"
)
# Either the first three digits stand together, or each stands alone.
ONE = "[1一壹幺]"
MOBILE_START = f"{ONE}[3-9三叁參四肆五伍六陆陸七柒八捌九玖]"
MOBILE = re.compile(
    rf"(?<![0-9A-Za-z.,+/-])(?:\(?(?:\+|00)?86\)?{GAP})?"
    rf"(?:{MOBILE_START}{DIGIT}(?:{GAP}{DIGIT}){{8}}|{ONE}(?:[ .·-]{DIGIT}){{10}}){END}"
)
LANDLINE = re.compile(
    rf"(?<![0-9A-Za-z.,+/-])(?:(?:\+|00)86{GAP}\(?0?|\(?0)(?:10|2\d|[3-9]\d\d)\)?[ -]{{0,2}}[2-8]\d{{2,3}}[ -]?\d{{4}}"
    rf"(?:[ -]?(?:转|ext\.?|分机)[ ]?\d{{1,6}})?{END}"
)
HOTLINE = re.compile(rf"{START}[48]00[ -]?\d{{3,4}}[ -]?\d{{3,4}}{END}")
NAMED_PHONE = re.compile(
    rf"(?P<keep>(?:电话|電話|手机号?|手機|座机|固话|联系方式|传真|微信号?|QQ号?){LINK})"
    rf"(?:\+?{DIGIT}(?:{GAP}{DIGIT}){{5,14}}|(?<=[：: 是号])[A-Za-z][\w-]{{5,19}}){END}"
)
BANK_CARD = re.compile(rf"{START}{DIGIT}(?:{GAP}{DIGIT}){{15,18}}{END}")
NAMED_BANK_CARD = re.compile(
    rf"(?P<keep>(?:银行卡|卡号|储蓄卡|信用卡|银行账[号户]|账号|帐号|銀行卡){LINK}){DIGIT}(?:{GAP}{DIGIT}){{11,18}}{END}"
)
ORDER = re.compile(
    r"(?P<keep>(?:订单|訂單|单号|运单|快递单?|物流|退货|工单)(?:编号|号码?)?[是为:：\s]{0,4})"
    rf"#?(?=[A-Za-z-]{{0,6}}\d)[A-Za-z0-9][A-Za-z0-9-]{{5,30}}{END}"
)

# One character of the name of a place: no small word that stands before an address, no kind of place or street.
PLACE = r"[^\W\d_a-zA-Z到在是往址寄送住给我您请把改了的省市区县旗镇乡州盟路街巷弄村]"
# 浙江省杭州市西湖区文三路90弄12号3栋501室
ADDRESS = re.compile(
    rf"(?<!{PLACE})(?:{PLACE}{{0,8}}(?:[省市区县旗镇乡州盟路弄村]|街道)){{0,7}}"
    rf"{PLACE}{{1,8}}(?:路|街|巷|弄|村|大道|胡同|小区|花园|苑|广场|大厦|里)"
    r"(?:[东西南北中一二三]?段)?[ ]?[\d一二三四五六七八九十百]{1,5}(?:号院?|弄|栋|幢|座|楼|室|单元|-)"
    r"(?:[ ,，]?[\w-]{0,10}?(?:号楼|号院|号|栋|幢|座|单元|楼|层|室|户|房)){0,4}(?:\d{1,5}(?:室|号)?)?"
)
SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文"
    "張劉陳楊趙黃吳孫鄭謝韓馮鄧蕭許葉"
)
DOUBLE_SURNAMES = "欧阳|司马|诸葛|上官|司徒|东方|慕容|皇甫|尉迟|公孙|令狐|歐陽"
SURNAME = rf"(?:{DOUBLE_SURNAMES}|[{SURNAMES}])"
HAN = r"[\u4e00-\u9fff]"
NAME_CUES = r"我叫|我的名字[是叫]|名字[是叫为]?|本人|姓名|收[件货]人|联系人|户名|持卡人|乘客|签收人|寄件人|用户名|称呼"
NAMED_PERSON = re.compile(rf"(?P<keep>(?:{NAME_CUES})[是叫为:：\s]{{0,2}}){SURNAME}{HAN}{{1,2}}")
SELF = re.compile(rf"(?P<keep>我是){SURNAME}{HAN}{{1,2}}(?=[，。,.!！\s]|$)")
TITLED_PERSON = re.compile(
    rf"(?:(?<!{HAN})|(?<=[是叫姓和给找跟与向]))(?:{SURNAME}{HAN}{{0,2}}?)(?=先生|女士|小姐|太太|老师|经理)"
)
WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
DATE_AND_MORE = re.compile(r"\d{8}[ .·/-]\d")
# Words that follow a name of two characters: 我叫张伟想问.
AFTER_NAME = "的是我想要在有和，。、了请问电手地"


def digits_of(found: str) -> str:
    """Return the digits of a number, numerals included, and a check letter at its end."""
    return "".join(character for character in found.translate(NUMERALS).upper() if character in "0123456789X")


def _id_length(found: str) -> int:
    digits = digits_of(found)
    if len(digits) != 18 or not digits[:17].isdecimal():
        return 0
    try:
        born = date(int(digits[6:10]), int(digits[10:12]), int(digits[12:14]))
    except ValueError:
        return 0
    total = sum(weight * int(digit) for weight, digit in zip(WEIGHTS, digits, strict=False))
    return len(found) if 1900 <= born.year <= date.today().year and "10X98765432"[total % 11] == digits[17] else 0


def _phone_length(found: str) -> int:
    """Return the length of a number whose groups are those of telephones, not of a date and an amount."""
    return 0 if DATE_AND_MORE.match(found) else len(found)


def _bank_card_length(found: str) -> int:
    return len(found) if digits_of(found)[0] in "3456" and passes_luhn(digits_of(found)) else 0


def _name_length(found: str) -> int:
    """Return where a name ends: its third character may belong to the next word already."""
    given = re.sub(rf"^{SURNAME}", "", found)
    listed = load_names().chinese_given
    short = len(given) == 2 and (given[1] in AFTER_NAME or (given not in listed and given[0] in listed))
    return len(found) - 1 if short and given[1] not in listed else len(found)


def _listed_name_length(found: str) -> int:
    return len(found) if re.sub(rf"^{SURNAME}", "", found) in load_names().chinese_given else 0


RULES = (
    Rule("ID", "Chinese id number with check digit", ID_CARD, _id_length),
    Rule("ID", "after a Chinese word for a paper", NAMED_ID_CARD),
    Rule("CARD", "after a Chinese word for a bank card", NAMED_BANK_CARD),
    Rule("CARD", "bank card number with check digit", BANK_CARD, _bank_card_length),
    Rule("ORDER", "after a Chinese word for a case", ORDER),
    Rule("", "Chinese hotline", HOTLINE),
    Rule("PHONE", "Chinese mobile number", MOBILE, _phone_length),
    Rule("PHONE", "Chinese landline number", LANDLINE, _phone_length),
    Rule("PHONE", "after a Chinese word for telephone", NAMED_PHONE),
    Rule("ADDRESS", "Chinese address", ADDRESS),
    Rule("NAME", "after a Chinese word for a name", NAMED_PERSON, _name_length),
    Rule("NAME", "Chinese introduction", SELF, _listed_name_length),
    Rule("NAME", "before a Chinese title", TITLED_PERSON),
)
