"""Cross-validates the project's own pipeline: every training example is understood by a model that has not seen it.

Run as ``python -m bot.dialogue.understanding OUTPUT [FOLDS]``; ``frontdesk evaluate understanding`` does. Writes JSON
lines of {"text", "intent", "predicted", "confidence", "inside"}. Does not touch the model in use.
"""

from __future__ import annotations

import asyncio
import json
import os
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bot.dialogue import environment, lean
from bot.errors import BotError
from bot.settings import PROJECT_ROOT

if TYPE_CHECKING:
    from rasa.core.agent import Agent
    from rasa.shared.nlu.training_data.training_data import TrainingData

SEED = 7
# Not an answer of ours: neither counts as the best intent when a pipeline gives no scope score of its own.
OUTSIDE = ("nlu_fallback", "out_of_scope")


def folds_of(intents: list[str], folds: int) -> list[int]:
    """Return the fold of each example: each intent is spread evenly, the same way every time."""
    places = defaultdict(list)
    for at, intent in enumerate(intents):
        places[intent].append(at)
    assigned, shuffled = [0] * len(intents), random.Random(SEED)
    for number, intent in enumerate(sorted(places)):
        shuffled.shuffle(places[intent])
        for at, place in enumerate(places[intent]):
            assigned[place] = (at + number) % folds
    return assigned


def inside(parsed: dict[str, Any]) -> float:
    """Return how surely a parsed message is one of ours, 0..1."""
    scope = parsed.get("scope")
    if isinstance(scope, dict) and "score" in scope:
        return float(scope["score"])
    ranking = parsed.get("intent_ranking") or [parsed["intent"]]
    return max((float(one["confidence"]) for one in ranking if one["name"] not in OUTSIDE), default=0.0)


def cross_validate(folds: int) -> Iterator[list[dict[str, Any]]]:
    """Yield the rows of one fold after the other."""
    from rasa.shared.importers.importer import TrainingDataImporter

    importer = TrainingDataImporter.load_nlu_importer_from_config(
        str(PROJECT_ROOT / "config.yml"), training_data_paths=[str(PROJECT_ROOT / "training_data" / "nlu")]
    )
    data = importer.get_nlu_data()
    examples = data.intent_examples
    assigned = folds_of([example.get("intent") for example in examples], folds)
    for fold in range(folds):
        with tempfile.TemporaryDirectory(prefix="frontdesk-fold-") as folder:
            seen = [example for example, place in zip(examples, assigned, strict=True) if place != fold]
            agent = _train(_part(data, seen), Path(folder))
            unseen = [example for example, place in zip(examples, assigned, strict=True) if place == fold]
            yield asyncio.run(_rows(agent, unseen))


def _part(data: TrainingData, examples: list[Any]) -> TrainingData:
    from rasa.shared.nlu.training_data.training_data import TrainingData as Data

    return Data(
        training_examples=examples,
        entity_synonyms=data.entity_synonyms,
        regex_features=data.regex_features,
        lookup_tables=data.lookup_tables,
    )


def _train(data: TrainingData, folder: Path) -> Agent:
    from rasa.core.agent import Agent
    from rasa.model_training import train_nlu

    path = folder / "nlu.yml"
    path.write_text(data.nlu_as_yaml(), encoding="utf-8")
    model = train_nlu(str(PROJECT_ROOT / "config.yml"), str(path), str(folder))
    if model is None:
        raise BotError("Rasa trained no model for the cross-validation; its message is above.")
    return Agent.load(model)


async def _rows(agent: Agent, examples: list[Any]) -> list[dict[str, Any]]:
    rows = []
    for example in examples:
        parsed = await agent.parse_message(example.get("text"))
        guess = parsed["intent"]
        rows.append(
            {
                "text": example.get("text"),
                "intent": example.get("intent"),
                "predicted": guess["name"] or "nlu_fallback",
                "confidence": float(guess["confidence"]),
                "inside": inside(parsed),
            }
        )
    return rows


def main() -> None:
    """Write the rows to the file named by the first argument, a line on the screen for each fold."""
    output, folds = Path(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 5
    os.environ.setdefault("LOG_LEVEL", "ERROR")
    environment.prepare(threads=os.cpu_count() or 1)
    lean.import_rasa("rasa.core.agent", lean.components_of_config(PROJECT_ROOT / "config.yml"))
    environment.adapt_rasa()
    with output.open("w", encoding="utf-8") as lines, tempfile.TemporaryDirectory() as cache:
        os.environ["RASA_CACHE_DIRECTORY"] = cache
        for fold, rows in enumerate(cross_validate(folds), start=1):
            lines.writelines(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
            print(f"fold {fold} of {folds}: {len(rows)} messages", flush=True)


if __name__ == "__main__":
    main()
