"""What a customer and an agent wrote, out of what their mail programs and help desks made of it."""

from __future__ import annotations

import time

import pytest

from retrieval.importing.mail import own_words
from retrieval.importing.markup import to_text
from retrieval.importing.notices import is_notice, merged_into, without_surveys
from retrieval.importing.reasons import RowRefused
from retrieval.importing.threads import MAX_MARKUP, Message, conversation, plain_subject, spoken_language
from retrieval.tickets import Turn

QUOTED = [
    "On Mon, 3 May 2021 at 10:11, Anna B <anna@example.org> wrote:\n> hello\n> there",
    "On Mon, 3 May 2021 at 10:11, Anna Bertha Carlson-Dupont\n<anna.bertha.carlson@example.org> wrote:\n\nhello",
    "Am 03.05.2021 um 10:11 schrieb Anna B <a@b.example>:\n> hallo",
    "Am Mo., 3. Mai 2021 um 10:11 Uhr schrieb Anna B <a@b.example>:\nhallo",
    "Le lun. 3 mai 2021 à 10:11, Anna B <a@b.example> a écrit :\n> bonjour",
    "El lun, 3 may 2021 a las 10:11, Anna (<a@b.example>) escribió:\n> hola",
    "Op 3 mei 2021 om 10:11 schreef Anna <a@b.example>:\n> hallo",
    "在 2021年5月3日 10:11，张三 <a@b.example> 写道：\n> 你好",
    "2021年5月3日 10:11，张三 <a@b.example> 写道：\n\n你好",
    "From: Anna\nSent: Monday, May 3, 2021 10:11 AM\nTo: Support\nSubject: RE: help\n\nhello",
    "*From:* Anna\n*Sent:* Monday\n*To:* Support\n\nhello",
    "Von: Anna\nGesendet: Montag, 3. Mai 2021 10:11\nAn: Support\nBetreff: AW: Hilfe\n\nhallo",
    "De : Anna\nEnvoyé : lundi 3 mai 2021\nÀ : Support\nObjet : aide\n\nbonjour",
    "发件人: 张三\n发送时间: 2021年5月3日 10:11\n收件人: support\n主题: 回复: 你好\n\n你好",
    "-----Original Message-----\nFrom: a\nTo: b\n\nhello",
    "-----Ursprüngliche Nachricht-----\nhallo",
    "------------------ 原始邮件 ------------------\n你好",
    "________________________________\nFrom: Anna\nSent: Monday\n\nhello",
    "> hello\n> there",
    "##- Please type your reply above this line -##\nhello",
]


@pytest.mark.parametrize("quoted", QUOTED)
def test_quoted_mail_is_dropped(quoted: str) -> None:
    assert own_words(f"Please restart it.\n\n{quoted}") == "Please restart it."


def test_an_answer_under_the_quotation_stays() -> None:
    text = "On Mon, 3 May 2021, Anna wrote:\n> Which size?\n> Red?\n\nThe size is 12.\n> And when?\n> soon\nTomorrow."
    assert own_words(text) == "The size is 12.\nTomorrow."


SIGNED = [
    "-- \nTom\nSupport",
    "Best regards,\nTom Miller\nCustomer Care | ACME\n+49 30 1234567",
    "Kind regards, Tom",
    "Thanks!",
    "Thank you\nAnna",
    "Mit freundlichen Grüßen\n\nAnna Beispiel",
    "Viele Grüße, Anna",
    "LG\nAnna",
    "Cordialement,\nAnna",
    "此致\n敬礼\n张三",
    "Sent from my iPhone",
    "Von meinem iPhone gesendet",
    "发自我的iPhone",
    "Get Outlook for iOS",
    "CONFIDENTIALITY NOTICE: this is not for you.",
    "This e-mail and any attachments are confidential and may be privileged.",
]


@pytest.mark.parametrize("signature", SIGNED)
def test_signatures_are_dropped(signature: str) -> None:
    assert own_words(f"The tent leaks at the seam.\n\n{signature}") == "The tent leaks at the seam."


KEPT = [
    "Thanks, that helped.\nBut now the screen is black.\nWhat do I do?",
    "Hi,\n\nThank you, we got the parcel.\n\nPlease wait 5 days.",
    "Do this:\n- open settings\n- press reset",
    "The log says\nFrom: pump\nTo: tank\nwhat is it?",
    "> 5 minutes is too long",
    "Best\nwould be a refund, could you do that?",
    "On Monday my friend wrote:\nit works for him",
    "Am I right that it takes 5 days?",
    "| size | price |\n| 5 | 9 |",
    "From: Berlin to Paris, how long?",
    "Is it confidential?",
    "Merci de me dire si le colis est parti, et quand il arrive.",
]


@pytest.mark.parametrize("text", KEPT)
def test_what_only_looks_like_mail_stays(text: str) -> None:
    assert own_words(text) == text


def test_a_forwarded_mail_opens_a_conversation() -> None:
    forwarded = "---------- Forwarded message ---------\nFrom: Shop\nDate: Mon\nSubject: Order\n\nWhere is my parcel?"
    assert own_words(forwarded, first=True) == "Where is my parcel?"
    assert own_words(forwarded) == ""


def test_unseen_characters_do_not_hide_a_number() -> None:
    assert own_words("call +49\u200b 30\u00a0123\u00ad456\ufeff") == "call +49 30 123456"


@pytest.mark.parametrize(
    "greeting", ["Hi Anna,", "Dear Ms Miller,", "Sehr geehrte Frau Beispiel,", "Bonjour Anne,", "您好，"]
)
def test_an_agents_greeting_by_name_is_dropped(greeting: str) -> None:
    assert own_words(f"{greeting}\n\nPlease restart it.", agent=True) == "Please restart it."
    assert own_words(f"{greeting}\n\nPlease restart it.").startswith(greeting)


@pytest.mark.parametrize(
    "line",
    [
        "On ",
        "word ",
        " \n",
        "From: a\n",
        "- ",
        "> ",
        "Am 3 schrieb ",
        "在1写道",
        "<div>",
        "Best ",
        "Thanks\n",
        "Thanks\n\n",
    ],
)
def test_hostile_texts_take_no_longer_than_their_length(line: str) -> None:
    began = time.perf_counter()
    text = (line * 20_000)[:60_000]
    own_words(text)
    is_notice(text)
    without_surveys(text)
    assert time.perf_counter() - began < 2


@pytest.mark.parametrize("line", ["Thanks\n", "Thanks\n\n"])
def test_a_text_of_many_wishes_takes_no_square_of_its_length(line: str) -> None:
    began = time.perf_counter()
    own_words((line * MAX_MARKUP)[:MAX_MARKUP])
    assert time.perf_counter() - began < 5


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hi &amp; bye</p><p>a<br>b</p>", "Hi & bye\n\na\nb"),
        ("<ol><li>Open <b>it</b></li><li>Go</li></ol>", "- Open it\n- Go"),
        ("<p>x</p><script>alert(1)</script><style>p{}</style>", "x"),
        ("Yes.<div class='gmail_quote'>old</div>", "Yes."),
        ("Yes.<blockquote type='cite'>old</blockquote>", "Yes."),
        ("<div>Yes.</div><div id='appendonsend'></div><hr><div id='divRplyFwdMsg'>From</div><div>old</div>", "Yes."),
        ("Yes.<div class='gmail_signature'>Tom</div>", "Yes."),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td></tr></table>", "a b\n\nc"),
        ("a < b and c > d", "a < b and c > d"),
        ("I &lt;3 it", "I <3 it"),
        ("<p>broken <b>tags", "broken tags"),
    ],
)
def test_html_becomes_what_a_person_reads(html: str, text: str) -> None:
    assert to_text(html) == text


NOTICES = [
    "Automatic reply: I am out of the office until Monday.",
    "Ich bin derzeit nicht im Büro und ab Montag wieder da.",
    "Réponse automatique : je suis absent.",
    "自动回复：我目前不在办公室。",
    "Your request (12345) has been received and is being reviewed by our support staff.",
    "Vielen Dank! Ihre Anfrage haben wir erhalten.",
    "您的工单已收到，我们会尽快处理。",
    "Delivery Status Notification (Failure)",
    'This request was closed and merged into request #99 "Pole".',
    'Request #98 "Pole" was closed and merged into this request. Last comment in request #98:\n\nbroken',
]


@pytest.mark.parametrize("text", NOTICES)
def test_what_no_person_wrote_is_known(text: str) -> None:
    assert is_notice(text)


@pytest.mark.parametrize(
    "text",
    [
        "Your order has been received by the courier.",
        "I was out when the courier came to my office.",
        "Does the auto lock reply to the app?",
        "We have received your request and " + "the parcel was found, " * 30,
    ],
)
def test_what_a_person_wrote_is_no_notice(text: str) -> None:
    assert not is_notice(text)


def test_merges_and_surveys() -> None:
    assert merged_into("This request was closed and merged into request #99 x") == "99"
    assert merged_into("This ticket is closed and merged into ticket 182769") == "182769"
    assert merged_into("Request #98 was closed and merged into this request") is None
    assert without_surveys("It is done.\n\nHow would you rate the support you received?") == "It is done."
    assert without_surveys("对我们的服务评价如何？") == ""
    assert without_surveys("It rates well.") == "It rates well."


def test_a_conversation_is_what_people_said_once() -> None:
    said = conversation(
        [
            Message("customer", "<p>pole broke</p>"),
            Message("customer", "pole broke"),
            Message("agent", "Your request has been received."),
            Message("agent", "Hi Anna,\n\nWe send a new one.\n\nBest,\nTom"),
            Message("customer", "Please rate our support"),
        ]
    )
    assert said == (Turn("customer", "pole broke"), Turn("agent", "We send a new one."))


def test_a_message_that_is_a_file_is_refused() -> None:
    with pytest.raises(RowRefused, match=str(MAX_MARKUP)):
        conversation([Message("customer", "x" * (MAX_MARKUP + 1))])


@pytest.mark.parametrize(
    ("subject", "plain"),
    [
        ("Re: AW: Pole", "Pole"),
        ("[ACME #123] Re: Pole", "Pole"),
        ("回复：帐篷", "帐篷"),
        ("Refund", "Refund"),
        (None, ""),
    ],
)
def test_subjects_without_prefixes(subject: object, plain: str) -> None:
    assert plain_subject(subject) == plain


def test_languages_of_locales() -> None:
    assert [spoken_language(code) for code in ("de-AT", "en_US", "ZH", None)] == ["de", "en", "zh", ""]
