"""The reranker's network in torch, as it is trained. What the product runs is built from its weights without torch."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from retrieval.reranking.reading import Reading

MAX_TOKENS = 192
# Figures of the search that each candidate comes with.
FIGURES = 5
# What a cosine of 1 is worth at the start, in logits.
LIKENESS = 12.0
Row = dict[str, Any]


class Network(nn.Module):
    """The encoder over question and ticket at once; its head compares the mean vectors of the two sides.

    So the untrained network is already a fair judge of likeness: the encoder was made for comparing mean vectors. The
    head weighs each dimension of their product, and adds a linear view of the first token. ``base`` weighs the search's
    figures.
    """

    def __init__(self, folder: str, layers: int) -> None:
        from transformers import BertConfig, BertModel

        super().__init__()
        config = BertConfig.from_pretrained(
            folder, num_hidden_layers=layers, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        self.bert = BertModel.from_pretrained(folder, config=config, add_pooling_layer=False)
        self.bert.embeddings.word_embeddings.weight.requires_grad_(False)
        self.likeness = nn.Linear(config.hidden_size, 1, bias=False)
        self.head = nn.Linear(config.hidden_size, 1)
        self.base = nn.Linear(FIGURES, 1, bias=False)
        nn.init.constant_(self.likeness.weight, LIKENESS)
        nn.init.zeros_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, ids: Tensor, mask: Tensor, sides: Tensor) -> Tensor:
        """Return one logit per pair; ``sides`` is 0 for the question's tokens and 1 for the ticket's."""
        hidden = self.bert(input_ids=ids, attention_mask=mask).last_hidden_state
        with torch.autocast("cpu", enabled=False):
            hidden = hidden.float()
            ticket = (sides * mask)[..., None].float()
            question = ((1 - sides) * mask)[..., None].float()
            one = nn.functional.normalize((hidden * question).sum(1), dim=1)
            two = nn.functional.normalize((hidden * ticket).sum(1), dim=1)
            return (self.likeness(one * two) + self.head(hidden[:, 0]))[:, 0]


class Encoder:
    """Pairs to token ids, as the product makes them."""

    def __init__(self, folder: str) -> None:
        from tokenizers import Tokenizer

        self.tokenizer = Tokenizer.from_file(f"{folder}/tokenizer.json")
        self.tokenizer.encode_special_tokens = True
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(MAX_TOKENS, strategy="only_second")

    def pairs(self, row: Row, chosen: list[int]) -> list[Any]:
        """Return the encoded pairs of a query with some of its candidates."""
        asked = Reading(row["question"], row["digest"], ()).asked
        return self.tokenizer.encode_batch([(asked, row["candidates"][at]["text"]) for at in chosen])


def batch_of(encoded: list[Any]) -> tuple[Tensor, Tensor, Tensor]:
    """Return ids, mask and sides, padded to the longest pair."""
    width = max(len(one.ids) for one in encoded)
    ids = torch.zeros(len(encoded), width, dtype=torch.long)
    mask, kinds = torch.zeros_like(ids), torch.zeros_like(ids)
    for at, one in enumerate(encoded):
        ids[at, : len(one.ids)] = torch.tensor(one.ids)
        kinds[at, : len(one.ids)] = torch.tensor(one.type_ids)
        mask[at, : len(one.ids)] = 1
    return ids, mask, kinds
