"""Knows the messages that no person wrote: out of office, receipts of requests, failed deliveries, surveys, merges.

Looks at words alone: exports rarely keep the mail headers that would say it.
"""

from __future__ import annotations

import re

# An automatic message says so in its first words.
HEAD_CHARACTERS = 240

AUTOMATIC = re.compile(
    r"\b(?:automatic(?:ally generated)? (?:reply|response|message|e-?mail)|auto[- ]?(?:reply|response|responder)|"
    r"(?:i am|i'm|we are|i will be) (?:currently |presently )?(?:out of (?:the )?office|on (?:annual |"
    r"parental )?leave|on vacation)|"
    r"out[- ]of[- ]office (?:reply|message|notice)|"
    r"automatische antwort|abwesenheits(?:notiz|meldung|nachricht)|"
    r"(?:ich bin|wir sind) (?:derzeit|momentan|aktuell|zur ?zeit|vom .{3,30})?\s?(?:nicht im (?:büro|haus)|"
    r"abwesend|im urlaub|außer haus)|"
    r"réponse automatique|(?:je suis|nous sommes) (?:actuellement )?(?:absent|en congé|hors du bureau)|"
    r"respuesta automática|estoy fuera de la oficina|risposta automatica|automatisch antwoord|resposta automática|"
    r"mail delivery (?:failed|subsystem|failure)|delivery status notification|undelivered mail|undeliverable|"
    r"unzustellbar|delivery has failed to these recipients)"
    r"|自动回复|自動回覆|自动答复|我(?:目前|现在|正在)(?:不在办公室|休假|外出)|系统退信",
    re.IGNORECASE,
)
RECEIPT = re.compile(
    r"\byour (?:request|ticket|message|e-?mail|inquiry|enquiry)\b.{0,40}\b(?:has been|was|is) (?:received|created|"
    r"logged|opened|solved|deemed solved|closed)\b|"
    r"\bwe(?:'ve| have)? (?:successfully )?received your (?:request|ticket|message|e-?mail|inquiry|enquiry)\b|"
    r"\bthis (?:ticket|request|conversation) (?:has been|was|is) (?:automatically )?(?:closed|created|opened|solved)\b|"
    r"\b(?:ihre|deine) (?:anfrage|nachricht|e-?mail)\b.{0,40}\b(?:erhalten|eingegangen|erstellt)\b|"
    r"\bvotre (?:demande|message)\b.{0,40}\b(?:a été reçue?|a bien été)\b|\bhemos recibido (?:su|tu) (?:solicitud|"
    r"mensaje)\b|"
    r"您的(?:请求|工单|邮件|问题|諮詢|咨询)(?:已|我们已).{0,6}(?:收到|创建|提交|受理)|我们已(?:经)?收到您的",
    re.IGNORECASE,
)
# A receipt that goes on for longer than this holds an answer, too.
RECEIPT_CHARACTERS = 400
SURVEY = re.compile(
    r"\b(?:how would you rate|please rate|rate (?:your|the|our|my) (?:experience|support|service|conversation)|"
    r"satisfaction survey|customer satisfaction|"
    r"(?:take|complete|fill (?:out|in)) (?:a|our|this) (?:short|brief|quick)?\s?survey|good, i'm satisfied|"
    r"bad, i'm unsatisfied|"
    r"wie zufrieden (?:waren|sind) sie|(?:bewerten sie|bewerte) (?:uns|unseren|bitte)|kundenzufriedenheit|"
    r"zufriedenheitsumfrage|"
    r"enquête de satisfaction|comment évaluez-vous|êtes-vous satisfait|encuesta de satisfacción|cómo (?:valoraría|"
    r"calificaría)|"
    r"sondaggio|klanttevredenheid)|满意度(?:调查|评价)|滿意度調查|(?:对|對)(?:我们|本次|此次).{0,8}(?:服务|服務).{0,6}(?:评价|評價|打分)",
    re.IGNORECASE,
)
# "This request was closed and merged into request #12" and "Request #11 was closed and merged into this request".
MERGED_INTO = re.compile(
    r"\bthis (?:request|ticket) (?:was|is|has been) closed and merged into (?:request|ticket)\s?#?\[?#?(\d{1,20})",
    re.IGNORECASE,
)
MERGED_HERE = re.compile(
    r"\brequests? #\d.{0,200}\b(?:was|were) closed and merged into this request|^merged from ticket\b",
    re.IGNORECASE | re.DOTALL,
)


def is_notice(text: str) -> bool:
    """Tell whether a message is automatic as a whole."""
    head = text[:HEAD_CHARACTERS]
    if AUTOMATIC.search(head) or MERGED_INTO.search(head) or MERGED_HERE.search(head):
        return True
    return len(text) <= RECEIPT_CHARACTERS and bool(RECEIPT.search(text))


def merged_into(text: str) -> str | None:
    """Return the number of the ticket that this one was merged into, as the help desk's own comment says it."""
    found = MERGED_INTO.search(text)
    return found.group(1) if found else None


def without_surveys(text: str) -> str:
    """Return a message without the paragraphs that ask how satisfied the customer is."""
    if not SURVEY.search(text):
        return text
    return "\n\n".join(part for part in text.split("\n\n") if not SURVEY.search(part)).strip()
