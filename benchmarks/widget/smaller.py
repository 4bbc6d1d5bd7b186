"""Makes a screenshot small enough for the docs: packed well, and with fewer shades where that is not enough."""

from __future__ import annotations

import struct
import zlib
from typing import Any

import numpy as np

Pixels = np.ndarray[Any, np.dtype[np.uint8]]
# Shades are rounded to multiples of these, the first that makes it small enough; 4 is hardly seen.
STEPS = (1, 2, 3, 4, 6, 8)


def smaller(png: bytes, most_bytes: int) -> bytes:
    """Return the same picture in less than ``most_bytes``, or as small as it gets.

    Raises:
        ValueError: the PNG is not one of 8 bits a channel without interlacing, as browsers make them.
    """
    pixels, packed = _pixels(png), png
    height, width, _ = pixels.shape
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    for step in STEPS:
        rounded = np.minimum(np.rint(pixels / step) * step, 255).astype(np.uint8)
        chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(_filtered(rounded), 9)), (b"IEND", b""))
        packed = png[:8] + b"".join(_chunk(kind, data) for kind, data in chunks)
        if len(packed) < most_bytes:
            break
    return packed


def _filtered(pixels: Pixels) -> bytes:
    """Each row as it is, or as its difference to the pixel before or above: whichever has the smallest numbers."""
    rows: list[bytes] = []
    above = np.zeros(pixels.shape[1] * 3, np.uint8)
    for row in pixels.reshape(len(pixels), -1):
        before = np.concatenate([np.zeros(3, np.uint8), row[:-3]])
        ways = [row, row - before, row - above]
        sums = [int(np.abs(way.view(np.int8).astype(int)).sum()) for way in ways]
        best = sums.index(min(sums))
        rows.append(bytes([best]) + ways[best].tobytes())
        above = row
    return b"".join(rows)


def _pixels(png: bytes) -> Pixels:
    data, place, header = b"", 8, b""
    while place < len(png):
        (length,), kind = struct.unpack(">I", png[place : place + 4]), png[place + 4 : place + 8]
        body = png[place + 8 : place + 8 + length]
        header, data = (body, data) if kind == b"IHDR" else (header, data + body if kind == b"IDAT" else data)
        place += 12 + length
    width, height, bits, kind_of_colour, _, _, interlaced = struct.unpack(">IIBBBBB", header)
    channels = {2: 3, 6: 4}.get(kind_of_colour)
    if bits != 8 or channels is None or interlaced:
        raise ValueError(f"PNG with {bits} bits and colour type {kind_of_colour}: only 8 bits RGB or RGBA is read.")
    rows = np.frombuffer(zlib.decompress(data), np.uint8).reshape(height, width * channels + 1)
    out = np.zeros((height, width * channels), np.uint8)
    for number, row in enumerate(rows):
        above = out[number - 1] if number else np.zeros(width * channels, np.uint8)
        out[number] = _unfiltered(int(row[0]), row[1:], above, channels)
    return out.reshape(height, width, channels)[:, :, :3]


def _unfiltered(kind: int, row: Pixels, above: Pixels, channels: int) -> Pixels:
    if kind == 0:
        return row
    if kind == 2:
        return row + above
    if kind == 1:
        out: Pixels = np.cumsum(row.reshape(-1, channels), axis=0, dtype=np.uint8).reshape(-1)
        return out
    values = [0] * len(row)
    for place, value in enumerate(row.tolist()):
        left = values[place - channels] if place >= channels else 0
        up, corner = int(above[place]), int(above[place - channels]) if place >= channels else 0
        values[place] = (value + ((left + up) // 2 if kind == 3 else _paeth(left, up, corner))) & 255
    return np.array(values, np.uint8)


def _paeth(left: int, up: int, corner: int) -> int:
    guess = left + up - corner
    return min((abs(guess - left), 0, left), (abs(guess - up), 1, up), (abs(guess - corner), 2, corner))[2]


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
