"""In which encoding an export is written: a mark at its start, UTF-8, or what its bytes look like.

Teams rarely know it, and a wrong guess spoils every ticket. Whoever does know names it. Does not read files.
"""

from __future__ import annotations

import codecs
from dataclasses import dataclass

from retrieval.errors import ImportRefused

MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What a file that is not UTF-8 may be in; the fewer, the rarer a short text is taken for the wrong one.
OLD_ENCODINGS = ("gb18030", "big5", "cp932", "cp949", "cp1251", "cp1250", "cp1252")
DEFAULT_OLD = "cp1252"
CHINESE = ("gb18030", "gbk", "gb2312", "hz")
SAMPLE_BYTES = 1 << 20
MAX_JUDGED_BYTES = 1 << 16
# A text of one byte in two being zero is UTF-16 without a mark; this share of zeros is enough to say so.
ZERO_SHARE = 0.2


@dataclass(frozen=True)
class Encoding:
    """``name`` is the file's encoding; a line that is not written in it is in ``fallback``."""

    name: str
    fallback: str

    @property
    def by_line(self) -> bool:
        """Tell whether bytes can be cut at line ends before they are decoded."""
        return not self.name.startswith(("utf-16", "utf-32"))

    def decode(self, raw: bytes) -> str:
        """Return the text of a line; bytes that no encoding explains become replacement characters."""
        try:
            return raw.decode(self.name)
        except UnicodeDecodeError:
            return raw.decode(self.fallback, "replace")


def named(encoding: str) -> Encoding:
    """Return the encoding that someone named.

    Raises:
        ImportRefused: there is none of this name.
    """
    try:
        name = codecs.lookup(encoding).name
    except LookupError as exc:
        raise ImportRefused(f"There is no encoding {encoding!r}. Usual ones: utf-8, utf-16, cp1252, gb18030") from exc
    return Encoding("gb18030" if name in CHINESE else name, DEFAULT_OLD)


def detect(sample: bytes) -> Encoding:
    """Return the encoding of a file from its first bytes."""
    for mark, name in MARKS:
        if sample.startswith(mark):
            return Encoding(name, DEFAULT_OLD)
    zeros = [sample[start::2].count(0) / max(1, len(sample) // 2) for start in (0, 1)]
    if max(zeros) > ZERO_SHARE:
        return Encoding("utf-16-be" if zeros[0] > zeros[1] else "utf-16-le", DEFAULT_OLD)
    lines = [line for line in sample.split(b"\n")[: -1 if b"\n" in sample else None] if not line.isascii()]
    foreign = [line for line in lines if not _is_utf8(line)]
    old = _old_encoding(b"\n".join(foreign)[:MAX_JUDGED_BYTES]) if foreign else DEFAULT_OLD
    # One line in an old encoding, pasted by some tool, does not make the others wrong.
    return Encoding(old if len(foreign) * 2 > len(lines) else "utf-8", old)


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError as exc:
        # The sample may end inside of a character.
        return exc.reason == "unexpected end of data" and exc.end == len(line) and len(line) > SAMPLE_BYTES // 2
    return True


def _old_encoding(raw: bytes) -> str:
    from charset_normalizer import from_bytes

    best = from_bytes(raw, cp_isolation=list(OLD_ENCODINGS), threshold=0.5).best()
    name = best.encoding if best is not None else DEFAULT_OLD
    return DEFAULT_OLD if name in ("cp1250", "latin_1") and not _is_central_european(raw) else name


def _is_central_european(raw: bytes) -> bool:
    """Tell whether letters of Polish, Czech or Hungarian explain the bytes better than those of Western Europe."""
    western, central = (raw.decode(name, "replace").lower() for name in ("cp1252", "cp1250"))
    return sum(map(central.count, "ąćęłńśźżčďěňřšťůžőű")) > sum(map(western.count, "äöüßéèêëàâçîïôùûñåæø"))
