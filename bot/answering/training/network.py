"""The small generator's network in torch, as it is trained; what the product runs needs only its weights.

Encoder: the packaged MiniLM (six layers). Decoder: three layers, warm-started from layers 1, 3 and 6 of it, cross
attention from their self attention. Output: a pointer-generator (See et al. 2017, arXiv:1704.04368): each word comes
from a list of common words or is copied from the question or its evidence; names and values can only be copied.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.nn import functional

from bot.answering.small.network import PARTS
from bot.answering.small.reading import SEP, TOKENS, VOCABULARY

WIDTH, HEADS, INNER, POSITIONS, EPSILON = 384, 12, 1536, 320, 1e-12
DECODER_FROM = (0, 2, 5)
LONGEST = 96  # tokens of an answer
DROPPED = 0.1  # share of what each part of a layer adds that is left out in training


class Attention(nn.Module):
    """Attention of several heads, to the same sequence or to another."""

    def __init__(self) -> None:
        super().__init__()
        self.query, self.key, self.value, self.out = (nn.Linear(WIDTH, WIDTH) for _ in range(4))

    def forward(self, hidden: Tensor, other: Tensor, mask: Tensor | None, *, causal: bool = False) -> Tensor:
        """Return [batch, length, width]; ``mask`` is true where ``other`` may be seen."""

        def heads(value: Tensor) -> Tensor:
            return value.view(*value.shape[:2], HEADS, -1).transpose(1, 2)

        query, key, value = heads(self.query(hidden)), heads(self.key(other)), heads(self.value(other))
        # Not torch's fused attention: on a CPU its backward pass alone takes as long as all that is done here.
        scores = query @ key.transpose(2, 3) / math.sqrt(WIDTH // HEADS)
        if causal:
            later = torch.ones(scores.shape[2:], dtype=torch.bool, device=scores.device).triu(1)
            scores = scores.masked_fill(later, -1e4)
        if mask is not None:
            scores = scores.masked_fill(~mask, -1e4)
        found = scores.softmax(-1).to(value.dtype) @ value
        result: Tensor = self.out(found.transpose(1, 2).reshape(hidden.shape))
        return result


class Layer(nn.Module):
    """One layer of BERT; with ``crossed``, it also attends to the encoder's output."""

    def __init__(self, *, crossed: bool) -> None:
        super().__init__()
        self.attention, self.attended = Attention(), nn.LayerNorm(WIDTH, EPSILON)
        if crossed:
            self.cross, self.crossed = Attention(), nn.LayerNorm(WIDTH, EPSILON)
        self.wide, self.narrow = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.norm, self.dropped = nn.LayerNorm(WIDTH, EPSILON), nn.Dropout(DROPPED)

    def forward(self, hidden: Tensor, mask: Tensor | None, memory: Tensor | None, seen: Tensor | None) -> Tensor:
        """Return the layer's output; a decoder's layer sees itself from left to right."""
        own = self.attention(hidden, hidden, mask, causal=memory is not None)
        hidden = self.attended(hidden + self.dropped(own))
        if memory is not None:
            hidden = self.crossed(hidden + self.dropped(self.cross(hidden, memory, seen)))
        result: Tensor = self.norm(hidden + self.dropped(self.narrow(functional.gelu(self.wide(hidden)))))
        return result


class Network(nn.Module):
    """Reads a source, writes an answer; ``common`` lists the ids of words that may be written without being read."""

    def __init__(self, common: Tensor) -> None:
        super().__init__()
        self.register_buffer("common", common)
        place = torch.full((TOKENS,), -1)
        place[common] = torch.arange(len(common))
        self.register_buffer("place", place, persistent=False)
        self.words = nn.Embedding(VOCABULARY, WIDTH)  # frozen: the package has them
        self.words.weight.requires_grad_(False)
        self.special = nn.Embedding(TOKENS - VOCABULARY, WIDTH)
        self.kinds, self.places, self.read_norm = nn.Embedding(2, WIDTH), nn.Embedding(POSITIONS, WIDTH), norm()
        self.encoder = nn.ModuleList(Layer(crossed=False) for _ in range(6))
        self.write_places, self.write_norm = nn.Embedding(LONGEST + 1, WIDTH), norm()
        self.decoder = nn.ModuleList(Layer(crossed=True) for _ in DECODER_FROM)
        self.transform, self.transform_norm = nn.Linear(WIDTH, WIDTH), norm()
        self.output = nn.Linear(WIDTH, len(common))
        self.copy_query, self.copy_key = nn.Linear(WIDTH, WIDTH), nn.Linear(WIDTH, WIDTH)
        self.gate = nn.Linear(2 * WIDTH, 1)

    def vectors(self, ids: Tensor) -> Tensor:
        """Return the vectors of words and placeholders."""
        known = functional.embedding(ids.clamp(max=VOCABULARY - 1), self.words.weight)
        own: Tensor = self.special((ids - VOCABULARY).clamp(min=0))
        return torch.where((ids >= VOCABULARY)[..., None], own, known)

    def encode(self, ids: Tensor, kinds: Tensor, mask: Tensor) -> Tensor:
        """Return [batch, source, width]."""
        places = torch.arange(ids.shape[1], device=ids.device)
        hidden = self.read_norm(self.vectors(ids) + self.kinds(kinds) + self.places(places))
        for layer in self.encoder:
            hidden = layer(hidden, mask[:, None, None, :], None, None)
        result: Tensor = hidden
        return result

    def decode(self, memory: Tensor, mask: Tensor, written: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Return log probabilities of common words, of places copied from, and the share of copying (a logit)."""
        places = torch.arange(written.shape[1], device=written.device)
        hidden = self.write_norm(self.vectors(written) + self.write_places(places))
        for layer in self.decoder:
            hidden = layer(hidden, None, memory, mask[:, None, None, :])
        shaped = self.transform_norm(functional.gelu(self.transform(hidden)))
        common = self.output(shaped).float().log_softmax(-1)
        scores = self.copy_query(hidden) @ self.copy_key(memory).transpose(1, 2) / math.sqrt(WIDTH)
        copied = scores.float().masked_fill(~mask[:, None, :], -1e4).log_softmax(-1)
        context = copied.exp().to(memory.dtype) @ memory
        return common, copied, self.gate(torch.cat([hidden, context], -1)).float()[..., 0]

    def forward(self, batch: Batch) -> Tensor:
        """Return the mean loss of the answers' tokens; tokens that can neither be written nor copied do not count."""
        memory = self.encode(batch.ids, batch.kinds, batch.mask)
        common, copied, gate = self.decode(memory, batch.mask, batch.written)
        place = self.place[batch.wanted]
        by_word = common.gather(-1, place.clamp(min=0)[..., None])[..., 0].masked_fill(place < 0, -1e4)
        same = batch.ids[:, None, :] == batch.wanted[..., None]
        by_copy = copied.masked_fill(~same, -1e4).logsumexp(-1)
        both = torch.logaddexp(by_word + functional.logsigmoid(-gate), by_copy + functional.logsigmoid(gate))
        counted = batch.counted & ((place >= 0) | same.any(-1))
        return -(both * counted).sum() / counted.sum().clamp(min=1)


def norm() -> nn.LayerNorm:
    """Return a normalisation of the network's width."""
    return nn.LayerNorm(WIDTH, EPSILON)


@dataclass
class Batch:
    """Sources [batch, source] and answers [batch, answer]; ``mask`` and ``counted`` are true for real tokens."""

    ids: Tensor
    kinds: Tensor
    mask: Tensor
    written: Tensor
    wanted: Tensor
    counted: Tensor


def batch_of(sources: list[tuple[list[int], list[int]]], answers: list[list[int]], device: str = "cpu") -> Batch:
    """Return a padded batch; an answer begins and ends with the separator."""
    width, length = max(len(ids) for ids, _ in sources), min(max(map(len, answers)) + 1, LONGEST)
    ids, kinds = (torch.zeros(len(sources), width, dtype=torch.long) for _ in range(2))
    written, wanted = (torch.zeros(len(sources), length, dtype=torch.long) for _ in range(2))
    for at, ((tokens, sorts), answer) in enumerate(zip(sources, answers, strict=True)):
        ids[at, : len(tokens)], kinds[at, : len(tokens)] = torch.tensor(tokens), torch.tensor(sorts)
        line = torch.tensor([SEP, *answer, SEP])[: length + 1]
        written[at, : len(line) - 1], wanted[at, : len(line) - 1] = line[:-1], line[1:]
    parts = (ids, kinds, ids > 0, written, wanted, wanted > 0)
    return Batch(*(part.to(device) for part in parts))


def warm_start(network: Network, packaged: Mapping[str, Any]) -> None:
    """Copy the packaged MiniLM into the network (Rothe et al. 2020, arXiv:1907.12461)."""
    from_package = {name: torch.from_numpy(np.array(value)).float() for name, value in packaged.items()}
    words = from_package["embeddings.word_embeddings.weight"]
    places = from_package["embeddings.position_embeddings.weight"]
    kind = from_package["embeddings.token_type_embeddings.weight"][0]
    with torch.no_grad():
        network.words.weight.copy_(words)
        nn.init.normal_(network.special.weight, std=0.03)
        network.special.weight += words[1000:].mean(0)
        network.kinds.weight.copy_(torch.stack([kind, kind]))
        network.places.weight.copy_(places[:POSITIONS])
        network.write_places.weight.copy_(places[: LONGEST + 1] + kind)
        spoken = network.vectors(network.common)
        network.output.weight.copy_(spoken / spoken.norm(dim=-1, keepdim=True) * 0.6)
        nn.init.constant_(network.gate.bias, 0.0)
    for at, layer in enumerate(network.encoder):
        _layer_from(layer, from_package, at)
    for layer, at in zip(network.decoder, DECODER_FROM, strict=True):
        _layer_from(layer, from_package, at)
        layer.cross.load_state_dict(layer.attention.state_dict())
        layer.crossed.load_state_dict(layer.attended.state_dict())
    for name in ("read_norm", "write_norm"):
        _copy(getattr(network, name), from_package, "embeddings.LayerNorm")


def _layer_from(layer: nn.Module, packaged: Mapping[str, Tensor], at: int) -> None:
    for ours, theirs in PARTS.items():
        _copy(layer.get_submodule(ours), packaged, f"encoder.layer.{at}.{theirs}")


def _copy(module: Any, packaged: Mapping[str, Tensor], name: str) -> None:
    with torch.no_grad():
        module.weight.copy_(packaged[f"{name}.weight"])
        module.bias.copy_(packaged[f"{name}.bias"])
