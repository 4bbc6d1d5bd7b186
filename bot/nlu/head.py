"""The maths of the intent classifier: kernel ridge regression on sentence vectors and words, in closed form.

A text is compared with the training examples by a Gaussian of the angle between them; one linear system gives the
weight of each example for each intent. The same system gives, without another training, what the head would say of each
example had it never seen it, and had it never seen its intent: the figures that calibration and scope rest on.

Source of the formulas: Rasmussen and Williams, Gaussian Processes for Machine Learning, 5.4.2 (leave-one-out);
Williams and Seeger, Using the Nystroem method to speed up kernel machines.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
from scipy.linalg import cholesky, lapack, solve_triangular
from scipy.sparse import csr_matrix

Matrix = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]

# Chosen on splits of BANKING77's training part and on folds of the demo shop's examples.
WIDTH = 2.0  # k(a, b) = exp(-WIDTH (1 - similarity))
RIDGE = 0.1  # added to the diagonal, where k is 1
LEXICAL = 0.15  # share of words in the similarity, the rest is the sentence vector's
# Up to so many rows the system is solved exactly: 10,080 rows took 28 s of CPU; 12,000 make a matrix of 0.6 GB, and
# a few copies of it stand at once. Above, LANDMARKS of them stand for all; on BANKING77 that costs half a point.
EXACT_UP_TO, LANDMARKS = 12_000, 4_000
BLOCK = 2_000  # rows of a kernel that are computed at once
NEIGHBOURS = 5


class Rows(NamedTuple):
    """Texts as the kernel sees them: unit sentence vectors [n, d] and lexical rows [n, buckets]."""

    vectors: Matrix
    words: csr_matrix

    def taken(self, places: Labels) -> Rows:
        """Return some of the rows."""
        return Rows(self.vectors[places], self.words[places])


class OutOfFold(NamedTuple):
    """What the head says of each training row without knowing it.

    ``seen`` [n, classes] are scores without the row itself, ``unseen`` without its whole intent; ``near`` and ``far``
    [n] are the mean kernels of the nearest rows that are left in either case.
    """

    seen: Matrix
    unseen: Matrix
    near: Matrix
    far: Matrix


@dataclass(frozen=True)
class Head:
    """A trained head: the rows it compares with, and their weights [rows, classes]."""

    rows: Rows
    weights: Matrix

    def scores(self, rows: Rows) -> tuple[Matrix, Matrix]:
        """Return scores [n, classes], near 1 for the right intent and near 0 for others, and nearness [n], 0..1."""
        compared = kernel(rows, self.rows)
        return compared @ self.weights, nearness(compared)


def kernel(left: Rows, right: Rows) -> Matrix:
    """Return the kernel [left, right], 1 where two texts are the same."""
    found = np.empty((len(left.vectors), len(right.vectors)), dtype=np.float32)
    turned = right.words.T.tocsr()  # free where the words are stored by column, as a head's are
    for start in range(0, len(found), BLOCK):
        part = slice(start, start + BLOCK)
        np.matmul(left.vectors[part], right.vectors.T, out=found[part])
        found[part] *= 1 - LEXICAL
        shared = (left.words[part] @ turned).tocoo()
        found[start + shared.row, shared.col] += np.float32(LEXICAL) * shared.data
        found[part] -= 1
        found[part] *= WIDTH
        np.exp(found[part], out=found[part])
    return found


def nearness(compared: Matrix) -> Matrix:
    """Return the mean of each row's largest values [n]."""
    count = min(NEIGHBOURS, compared.shape[1])
    return np.asarray(np.partition(compared, -count, axis=1)[:, -count:].mean(axis=1), dtype=np.float32)


def train(rows: Rows, labels: Labels, trust: Matrix, seed: int = 0) -> tuple[Head, OutOfFold]:
    """Return the head and its out-of-fold figures.

    Args:
        rows: n texts.
        labels: [n] whole numbers from 0, each intent at least once.
        trust: [n] how much each row counts, 1 for an example.
        seed: of the choice of landmarks where there are more rows than fit.
    """
    classes = int(labels.max()) + 1
    targets = (np.eye(classes, dtype=np.float32) - 1 / classes)[labels]
    if len(labels) <= EXACT_UP_TO:
        return _exact(rows, labels, targets, trust)
    return _with_landmarks(rows, labels, targets, seed)


def _exact(rows: Rows, labels: Labels, targets: Matrix, trust: Matrix) -> tuple[Head, OutOfFold]:
    system = kernel(rows, rows)
    near, far = _neighbourhoods(system, labels, np.arange(len(labels)))
    diagonal = np.diag_indices_from(system)
    system[diagonal] += RIDGE / trust
    factor, _ = lapack.spotrf(system.T, lower=1, overwrite_a=1)
    half, _ = lapack.spotri(factor, lower=1, overwrite_c=1)
    inverse = np.tril(half) + np.tril(half, -1).T
    weights = inverse @ targets
    spread = inverse[diagonal][:, None]
    unseen = np.empty_like(targets)
    for place in _blocks(labels):
        block = inverse[np.ix_(place, place)]
        unseen[place] = targets[place] - np.linalg.solve(block, weights[place])
    found = OutOfFold(targets - weights / spread, _without(unseen, labels), near, far)
    return Head(by_column(rows), weights), found


def _with_landmarks(rows: Rows, labels: Labels, targets: Matrix, seed: int) -> tuple[Head, OutOfFold]:
    """Do the same with rows told only by their kernels with some of them; trust is not used among so many rows."""
    chosen = np.sort(np.random.default_rng(seed).choice(len(labels), LANDMARKS, replace=False))
    landmarks = rows.taken(chosen)
    compared = kernel(rows, landmarks)
    near, far = _neighbourhoods(compared, labels, chosen)
    root = cholesky(kernel(landmarks, landmarks) + 1e-3 * np.eye(LANDMARKS, dtype=np.float32), lower=True)
    features = solve_triangular(root, compared.T, lower=True).T
    system = features.T @ features + RIDGE * np.eye(LANDMARKS, dtype=np.float32)
    factor = cholesky(system, lower=True)
    flat = solve_triangular(factor, features.T, lower=True).T
    solved = solve_triangular(factor, flat.T @ targets, lower=True, trans=1)
    weights = solve_triangular(root, solved, lower=True, trans=1)
    missed = targets - features @ solved
    own = np.maximum(1 - np.einsum("ij,ij->i", flat, flat), 1e-3)[:, None]
    unseen = np.empty_like(targets)
    for place in _blocks(labels):
        block = np.eye(len(place), dtype=np.float32) * (1 + 1e-4) - flat[place] @ flat[place].T
        unseen[place] = targets[place] - np.linalg.solve(block, missed[place])
    found = OutOfFold(targets - missed / own, _without(unseen, labels), near, far)
    return Head(by_column(landmarks), np.asarray(weights, dtype=np.float32)), found


def _blocks(labels: Labels) -> list[Labels]:
    """Return the places of each intent's rows."""
    order = np.argsort(labels, kind="stable")
    return np.split(order, np.flatnonzero(np.diff(labels[order])) + 1)


def _without(unseen: Matrix, labels: Labels) -> Matrix:
    """Return the scores with nothing for the intent that was not there."""
    unseen[np.arange(len(labels)), labels] = -1 / unseen.shape[1]
    return unseen


def _neighbourhoods(compared: Matrix, labels: Labels, columns: Labels) -> tuple[Matrix, Matrix]:
    """Return the nearness of each row to the others, and to those of other intents; ``columns`` are rows' places."""
    near, far = np.empty(len(labels), np.float32), np.empty(len(labels), np.float32)
    place_of = np.full(len(labels), -1)
    place_of[columns] = np.arange(len(columns))
    for start in range(0, len(labels), BLOCK):
        part = compared[start : start + BLOCK].copy()
        own = place_of[start : start + len(part)]
        part[np.flatnonzero(own >= 0), own[own >= 0]] = 0
        near[start : start + len(part)] = nearness(part)
        part[labels[start : start + len(part), None] == labels[None, columns]] = 0
        far[start : start + len(part)] = nearness(part)
    return near, far


def by_column(rows: Rows) -> Rows:
    """Return the rows with their words stored by column: a message touches few of the columns."""
    return Rows(rows.vectors, rows.words.tocsc())
