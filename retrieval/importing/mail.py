"""Takes out of a message what its writer did not write for it: quoted mail, signatures, notices, unseen characters.

Works line by line in one pass, and rather keeps a line too much than loses an answer. Knows English, German, French,
Spanish, Italian, Dutch, Portuguese, Polish, Scandinavian and Chinese mail programs. Does not read HTML.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import islice

from retrieval.importing.mapping import UNSEEN

SPACES = {0x00A0: " ", 0x2007: " ", 0x202F: " ", 0x3000: " ", 0x2028: "\n", 0x2029: "\n"}
JUNK = UNSEEN | SPACES

# "On Mon, 3 May 2021 at 10:11, Anna <anna@example.org> wrote:" holds a date, so a digit; a sentence mostly does not.
WROTE = re.compile(
    r"(?=\D{0,200}\d)(?:"
    r"On\b.{6,250}\bwrote|Am\b.{6,250}\bschrieb\b.{0,120}|.{4,200}\bschrieb am\b.{4,100}|Le\b.{6,250}\ba écrit|"
    r"El\b.{6,250}\bescribió|Il\b.{6,250}\bha scritto|Op\b.{6,250}\bschreef\b.{0,120}|Em\b.{6,250}\bescreveu|"
    r"W dniu\b.{6,250}\b(?:napisał|pisze)\S{0,6}|(?:Den|På)\b.{6,250}\bskrev\b.{0,120}|"
    r"(?:在|于|於)?.{4,200}(?:写道|寫道|写到)"
    r")\s?[:：]"
)
WROTE_STARTS = ("On ", "Am ", "Le ", "El ", "Il ", "Op ", "Em ", "W dniu ", "Den ", "På ", "在", "于", "於")
# An opening of two or three lines is one that a mail program has wrapped.
MAX_WRAPPED = 3

FROM = re.compile(r"\*?(?:From|Von|De|Da|Van|Från|Fra|Od|发件人|寄件者|寄件人)\s?\*?\s?[:：]", re.IGNORECASE)
HEADER = re.compile(
    r"\*?(?:Sent|Date|Subject|Gesendet|Datum|Betreff|Envoyé|Date|Objet|Enviado(?: el)?|Asunto|Inviato|Oggetto|"
    r"Verzonden|Onderwerp|Enviada em|Assunto|Skickat|Ämne|Sendt|Emne|Wysłano|Temat|发送时间|发送日期|日期|主题|"
    r"傳送時間|主旨|寄件日期)"
    r"\s?\*?\s?[:：]",
    re.IGNORECASE,
)
# How far below "From:" the next line of the block stands at most.
HEADER_REACH = 5
SEPARATOR = re.compile(
    r"[-_* ]{3,}\s?(?:Original Message|Forwarded message|Ursprüngliche Nachricht|Weitergeleitete Nachricht|"
    r"Message d'origine|Message transféré|Mensaje original|Mensaje reenviado|Messaggio originale|"
    r"Oorspronkelijk bericht|原始邮件|原始信件|转发邮件|轉寄郵件)\s?[-_* ]{0,40}",
    re.IGNORECASE,
)
REPLY_ABOVE = re.compile(
    r"\W{0,6}(?:please )?(?:type|write|reply|antworten sie|répondez)\b.{0,60}\b(?:above|oberhalb|dieser Linie|"
    r"au-dessus)\b.{0,40}",
    re.IGNORECASE,
)
RULE = re.compile(r"[-_=*–—]{4,}")

SENT_FROM = re.compile(
    r"(?:Sent (?:from|with|via) (?:my|mail|outlook|yahoo|proton|gmail|samsung|the)\b.{0,60}|Get Outlook for\b.{0,40}|"
    r"(?:Von meine[mr]|Gesendet (?:von|mit)|Diese Nachricht wurde von)\b.{0,80}(?:gesendet|iPhone|iPad|Android|"
    r"App|Handy|Mail|Outlook\S{0,40})\.?|"
    r"Envoyé (?:de|depuis) mon\b.{0,40}|Enviado desde mi\b.{0,40}|Inviato da(?:l mio)? \w.{0,30}|"
    r"Verzonden vanaf mijn\b.{0,40}|"
    r"(?:发自|來自|从|從)\s?我的.{0,30})",
    re.IGNORECASE,
)
SIGN_OFF = re.compile(
    r"(?:(?:with )?(?:best|kind|warm|many|my best)?\s?(?:regards|wishes)|best|cheers|sincerely(?: yours)?|"
    r"yours (?:sincerely|faithfully|truly)|"
    r"(?:many )?thanks(?: again| in advance)?|thank you|(?:mit )?(?:freundlichen?|besten?|lieben?|vielen?|"
    r"schönen?|herzlichen?)\s(?:grü(?:ß|ss)en?|grues?sen?|dank)|"
    r"gru(?:ß|ss)|lg|mfg|danke|(?:bien )?cordialement|(?:meilleures|sincères|cordiales) salutations|bien à vous|merci|"
    r"(?:un )?(?:cordial )?saludos?(?: cordiales)?|atentamente|gracias|(?:cordiali|distinti) saluti|grazie|"
    r"(?:met )?(?:vriendelijke|hartelijke) groet(?:en)?|atenciosamente|此致|祝好|敬礼|谢谢|謝謝)",
    re.IGNORECASE,
)
# What stands under a sign-off: a name, a company, a telephone number. A longer or asking line is a message again.
SIGNATURE_LINES, SIGNATURE_WIDTH, NAME_WIDTH = 8, 70, 30
DASHES = ("--", "-- ", "—", "––")
DISCLAIMER = re.compile(
    r"(?:confidential(?:ity)?(?: notice)?\s?[:.-]|this (?:e-?mail|message)\b.{0,80}\b(?:confidential|"
    r"intended (?:only|solely))|"
    r"disclaimer\s?:|diese (?:e-?mail|nachricht)\b.{0,80}\bvertraulich|ce (?:message|courriel)\b.{0,100}\bconfidentiel|"
    r"este (?:mensaje|correo)\b.{0,100}\bconfidencial|please consider the environment|(?:本|此)(?:邮件|郵件|"
    r"電郵).{0,60}(?:保密|机密|機密))",
    re.IGNORECASE,
)
GREETING = re.compile(
    r"(?:hi|hello|hey|dear|good (?:morning|afternoon|evening)|hallo|guten (?:tag|morgen|abend)|sehr geehrte[rs]?|"
    r"liebe[rs]?|"
    r"moin|servus|bonjour|bonsoir|chère?|hola|buenos días|estimad[oa]s?|buongiorno|gentile|ciao|beste|"
    r"geachte)\b[^.!?\n]{0,50}[,!.]?|"
    r"(?:您好|你好|尊敬的|亲爱的)[^。！？\n]{0,20}[，,!！:：]?",
    re.IGNORECASE,
)


def own_words(text: str, *, first: bool = False, agent: bool = False) -> str:
    """Return what the writer wrote for this message.

    Args:
        text: a message in plain text.
        first: it opens the conversation, so that a mail that is forwarded in it is the problem itself.
        agent: it is an agent's, whose greeting by name is no part of an answer.
    """
    lines = [line.strip() for line in text.translate(JUNK).replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    kept = _without_signature(_without_quotes(lines))
    if first and len("".join(kept).split()) < 1:
        kept = _without_signature(_unquoted(lines))
    if agent and len([line for line in kept if line]) > 1:
        start = next(at for at, line in enumerate(kept) if line)
        kept = kept[start + 1 :] if GREETING.fullmatch(kept[start]) else kept
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _without_quotes(lines: Sequence[str]) -> list[str]:
    """Drop what is quoted; words under a quotation that is marked line by line stay."""
    kept: list[str] = []
    at = 0
    while at < len(lines):
        opening = _opening(lines, at)
        if opening:
            after = next((n for n in range(at + opening, len(lines)) if lines[n]), len(lines))
            if after == len(lines) or not lines[after].startswith(">"):
                break
            at = after
        elif _is_quoted(lines, at):
            at += 1
        else:
            kept.append(lines[at])
            at += 1
    return kept


def _is_quoted(lines: Sequence[str], at: int) -> bool:
    """Tell whether a line is one of several quoted ones; a single ">" may mean "more than"."""
    if not lines[at].startswith((">", "|")) or (lines[at].startswith("|") and lines[at].endswith("|")):
        return False
    near = [lines[n] for n in (at - 1, at + 1) if 0 <= n < len(lines)]
    return any(line.startswith(lines[at][0]) for line in near) or (at > 0 and bool(WROTE.fullmatch(lines[at - 1])))


def _opening(lines: Sequence[str], at: int) -> int:
    """Return how many lines the opening of a quotation takes here; 0 if none begins."""
    line = lines[at].lstrip("> ")
    if not line:
        return 0
    if SEPARATOR.fullmatch(line) or (REPLY_ABOVE.fullmatch(line) and at > 0):
        return 1
    if FROM.match(line):
        block = [other.lstrip("> ") for other in lines[at + 1 : at + 1 + HEADER_REACH]]
        return 1 if sum(1 for other in block if HEADER.match(other)) > 0 else 0
    if line.startswith(WROTE_STARTS):
        for count in range(1, MAX_WRAPPED + 1):
            joined = " ".join(part.lstrip("> ") for part in lines[at : at + count])
            if len(joined) > 400:
                return 0
            if WROTE.fullmatch(joined):
                return count
        return 0
    return 1 if len(line) < 400 and line.endswith((":", "：")) and WROTE.fullmatch(line) else 0


def _unquoted(lines: Sequence[str]) -> list[str]:
    """Return a message that is nothing but quoted, without the marks and headers."""
    found = [line.lstrip("> ") for line in lines]
    return [
        line
        for line in found
        if not (SEPARATOR.fullmatch(line) or FROM.match(line) or HEADER.match(line) or WROTE.fullmatch(line))
        and not re.match(r"(?:To|An|À|Cc|收件人|抄送)\s?[:：]", line)
    ]


def _without_signature(lines: Sequence[str]) -> list[str]:
    kept = [line for line in lines if not (SENT_FROM.fullmatch(line) or REPLY_ABOVE.fullmatch(line))]
    for at, line in enumerate(kept):
        ends = line in DASHES and len(kept) - at - 1 <= 2 * SIGNATURE_LINES
        if at and (ends or DISCLAIMER.match(line) or _signs_off(kept, at)):
            kept = kept[:at]
            break
    while kept and (not kept[-1] or RULE.fullmatch(kept[-1])):
        kept.pop()
    return kept


def _signs_off(lines: Sequence[str], at: int) -> bool:
    """Tell whether the message ends here with a wish and a name, such as "Best regards, Tom"."""
    wish = SIGN_OFF.match(lines[at])
    if wish is None or len(lines[at]) - wish.end() > NAME_WIDTH or re.search(r"[.?!:]\s+\w", lines[at]):
        return False
    tail = lines[at][wish.end() :]
    if tail and tail[0] not in " ,.!-–，。！" or len(tail.split()) > 4:
        return False
    # Looks no further than a signature reaches: a text of many wishes would take the square of its length.
    below = list(islice((lines[n] for n in range(at + 1, len(lines)) if lines[n]), SIGNATURE_LINES + 1))
    return len(below) <= SIGNATURE_LINES and not any(
        len(line) > SIGNATURE_WIDTH or line.endswith(("?", "？")) or line.startswith(("- ", "* ", "•"))
        for line in below
    )
