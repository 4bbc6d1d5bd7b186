"""Pairs from public sets with labels of entailment or faithfulness, and from replies with their evidence.

Each source has a licence that lets weights trained on it be shipped; the model card names them. MT-RAG's ratings are
left out: their passages are several times as long as what the scorer reads, and a cut passage makes the label wrong.
"""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from benchmarks.reranker.sources import plain, rows, share
from benchmarks.support import falsify
from benchmarks.support.pairs import Pair, untokenised
from retrieval.terms import STOP_WORDS

MAX_WORDS = 110  # longer evidence would be cut, and its label with it
_NEGATIVE = re.compile(r"\b(?:no|not|none|never|without|unfortunately|cannot)\b|n't\b", re.IGNORECASE)
_YES_NO = re.compile(r"^(?:yes|no|yeah|sure|sorry|i'm sorry|unfortunately)\b[,.!:\s-]*", re.IGNORECASE)


def nli(folder: Path) -> Iterator[Pair]:
    """MNLI's development part and the counterfactual revision of SNLI; only entailment is support."""
    files = {"mnli": ["mnli_dev/dev_matched"], "cad": ["cad_nli/train", "cad_nli/test", "cad_nli/dev"]}
    for source, names in files.items():
        for name in names:
            for row in rows(folder / f"{name}.jsonl.gz"):
                held = name == "cad_nli/dev" or (source == "mnli" and share(row["premise"]) < 0.1)
                if len(row["premise"].split()) <= MAX_WORDS:
                    texts = (row["premise"].strip(), row["hypothesis"].strip())
                    yield Pair(*texts, row["label"] == "entailment", source, row["label"], "test" if held else "train")


def claims(folder: Path) -> Iterator[Pair]:
    """Claims about encyclopaedia sentences."""
    for name in ("dev", "test"):
        for row in rows(folder / "fool_me_twice" / f"{name}.jsonl.gz"):
            evidence, claim = " ".join(row["evidence"]), row["claim"]
            part = "test" if share(row["page"]) < 0.1 else "train"
            yield Pair(evidence, claim, row["label"] == "SUPPORTS", "fm2", row["label"].lower(), part)
            yield Pair(" ".join(row["distractors"][:2]), claim, False, "fm2", "distractor", part)
    for path in sorted((folder / "fever_symmetric").glob("*.jsonl.gz")):
        for row in rows(path):
            texts = (untokenised(row["evidence"]), untokenised(row["claim"]))
            part = "test" if share(row["claim"]) < 0.1 else "train"
            yield Pair(*texts, row["label"] == "SUPPORTS", "fever", row["label"].lower(), part)


def replies(folder: Path) -> Iterator[Pair]:
    """Replies of dialogue models to given knowledge, judged by people; BEGIN's development part is held out."""
    held: set[str] = set()
    for name in ("dev_wow", "test_wow"):
        for row in rows(folder / "begin" / f"begin_{name}.jsonl.gz"):
            texts = (untokenised(row["knowledge"]), untokenised(row["response"]))
            held |= {plain(text) for text in texts if name == "dev_wow"}
            if name == "dev_wow" or not held & set(map(plain, texts)):
                label = row["begin_label"]
                yield Pair(*texts, label == "Fully attributable", "begin", label, "test" if name[0] == "d" else "train")
    for row in rows(folder / "faithdial_audit" / "audit.jsonl.gz"):
        texts = (untokenised(row["evidence"]), untokenised(row["response"]))
        # "Uncooperative" says that a reply repeats its knowledge and ignores the question: no matter of support.
        label = "+".join(sorted(set(row["begin"].lower().replace("tt", "t").split(",")) - {"uncooperative"}))
        if label and len(texts[0].split()) <= MAX_WORDS and not held & set(map(plain, texts)):
            part = "test" if share(row["evidence"]) < 0.25 else "train"
            yield Pair(*texts, label == "entailment", "faithdial", label, part)
    for row in rows(folder / "q2_wow" / "cross_annotation.jsonl.gz"):
        for model in ("dodeca", "memnet"):
            texts = (untokenised(row["knowledge"]), untokenised(row[f"{model}_response"]))
            if not held & set(map(plain, texts)):
                yield Pair(*texts, row[f"{model}_label"] == "1", "q2", model)


def agents(folder: Path, picked: random.Random) -> Iterator[Pair]:
    """Agents' replies that rest on one FAQ answer, and the same with another answer or with something changed."""
    for name, part in (("val", "train"), ("test", "test")):
        found = list(rows(folder / "dstc9_track1" / f"{name}_evidence_reply.jsonl.gz"))
        groups: dict[str, list[dict[str, Any]]] = defaultdict(list)
        for row in found:
            groups[row["evidence"][0]["domain"]].append(row["evidence"][0])
        for row in found if part == "train" else picked.sample(found, 900):
            reply, evidence = _statement(row["reply"]), row["evidence"][0]
            if len(reply.split()) >= 4:
                yield Pair(evidence["body"], reply, True, "dstc9", "reply", part)
                yield from _wrong(reply, evidence, groups[evidence["domain"]], part, picked)


def _statement(reply: str) -> str:
    """Return the reply without its questions and a mere apology."""
    kept = [part for part in re.split(r"(?<=[.!?])\s+", reply.strip()) if not part.endswith("?")]
    return " ".join(part for part in kept if len(_YES_NO.sub("", part).split()) > 2)


def _wrong(
    reply: str, evidence: dict[str, Any], group: list[dict[str, Any]], part: str, picked: random.Random
) -> Iterator[Pair]:
    body = evidence["body"]
    others = picked.sample(group, min(len(group), 60))
    about = _subject(evidence)
    far = [one for one in others if len(about & _subject(one)) == 0]
    contrary = [
        one
        for one in others
        if len(about & _subject(one)) >= 0.6 * len(about | _subject(one))
        and bool(_NEGATIVE.search(one["body"])) != bool(_NEGATIVE.search(body))
    ]
    if contrary:
        yield Pair(picked.choice(contrary)["body"], reply, False, "dstc9", "contrary", part)
    if far and picked.random() < 0.5:
        yield Pair(picked.choice(far)["body"], reply, False, "dstc9", "other", part)
    for change, often in (
        (falsify.negated, 0.7),
        (falsify.swapped, 0.3),
        (falsify.added, 0.4),
        (falsify.renumbered, 1),
    ):
        # A claim more in the evidence takes nothing from the reply.
        in_evidence = change is not falsify.added and picked.random() < 0.25
        if picked.random() < often and (new := change(body if in_evidence else reply, picked)):
            pair = (new, reply) if in_evidence else (body, new)
            yield Pair(*pair, False, "dstc9", change.__name__, part)
    if far and picked.random() < 0.4:
        texts = [body, picked.choice(far)["body"]]
        picked.shuffle(texts)
        yield Pair(" ".join(texts), reply, True, "dstc9", "with another", part)


def _subject(evidence: dict[str, Any]) -> set[str]:
    """Return the words of an FAQ's question that are not its house's name."""
    name = set(plain(evidence.get("entity") or "").split())
    return set(plain(evidence["title"]).split()) - name - STOP_WORDS
