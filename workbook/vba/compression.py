"""The compression of VBA's source text, by section 2.4.1 of [MS-OVBA].

Text is cut into chunks of 4096 bytes. In a chunk, each byte stands for itself or is part of a copy
of earlier bytes of the same chunk; a bit says which. A copy is 16 bits: the further into the chunk,
the more of them say how far back, and the fewer how long.
"""

from __future__ import annotations

from workbook.package.limits import check

CHUNK = 4096
_SIGNATURE = 1
#: Bits 12 to 14 of a chunk's header are the same in all; the highest says that it is compressed.
_HEADER, _COMPRESSED = 0b011 << 12, 1 << 15


def compressed(text: bytes) -> bytes:
    """Compress.

    Raises
    ------
    ValueError
        For a last piece that no copy makes shorter, as only what is not text can be: the format
        has no way to keep it.
    """
    return bytes([_SIGNATURE]) + b"".join(
        _squeezed(text[start : start + CHUNK]) for start in range(0, len(text), CHUNK)
    )


def decompressed(container: bytes) -> bytes:
    """Decompress.

    Raises
    ------
    ValueError
        For what is not compressed text, what ends early, and more than any project has.
    """
    if container[:1] != bytes([_SIGNATURE]):
        raise ValueError("the compressed text does not start with its signature")
    text = bytearray()
    at = 1
    while at < len(container):
        header = int.from_bytes(container[at : at + 2], "little")
        size = (header & 0xFFF) + 3
        chunk = container[at + 2 : at + size]
        if header & 0x7000 != _HEADER or len(chunk) != size - 2:
            raise ValueError(f"the compressed text is damaged at its byte {at}")
        text += _expanded(chunk, at) if header & _COMPRESSED else chunk
        check("code", len(text))
        at += size
    return bytes(text)


def _squeezed(chunk: bytes) -> bytes:
    """Compress a chunk; one that gets no shorter is kept as it is."""
    made = bytearray()
    places: dict[bytes, list[int]] = {}
    at = 0
    while at < len(chunk):
        flags = len(made)
        made.append(0)
        for bit in range(8):
            if at == len(chunk):
                break
            back, length = _copy(chunk, at, places.get(chunk[at : at + 3], []))
            if length:
                made[flags] |= 1 << bit
                made += (((back - 1) << (16 - _back_bits(at))) | (length - 3)).to_bytes(2, "little")
            else:
                length = 1
                made.append(chunk[at])
            for passed in range(at, at + length):
                places.setdefault(chunk[passed : passed + 3], []).append(passed)
            at += length
    if len(made) <= CHUNK:
        return (_COMPRESSED | _HEADER | len(made) - 1).to_bytes(2, "little") + made
    if len(chunk) < CHUNK:
        raise ValueError("the text cannot be compressed, and only a whole chunk can do without")
    return (_HEADER | CHUNK - 1).to_bytes(2, "little") + chunk


def _copy(chunk: bytes, at: int, places: list[int]) -> tuple[int, int]:
    """Find the longest copy of the text at a place: how far back, and how long; or 0, 0."""
    longest = min((0xFFFF >> _back_bits(at)) + 3, len(chunk) - at)
    best = 0, 0
    for place in reversed(places if longest >= 3 else []):
        length = 3
        while length < longest and chunk[place + length] == chunk[at + length]:
            length += 1
        if length > best[1]:
            best = at - place, length
        if length == longest:
            break
    return best


def _back_bits(at: int) -> int:
    """Return how many of a copy's bits say how far back it starts, `at` bytes into the chunk."""
    return max((at - 1).bit_length(), 4)


def _expanded(chunk: bytes, start: int) -> bytearray:
    text = bytearray()
    at = 0
    while at < len(chunk):
        flags = chunk[at]
        at += 1
        for bit in range(8):
            if at >= len(chunk):
                break
            if not flags >> bit & 1:
                text.append(chunk[at])
                at += 1
                continue
            copy, bits = int.from_bytes(chunk[at : at + 2], "little"), _back_bits(len(text))
            back = (copy >> (16 - bits)) + 1
            if at + 2 > len(chunk) or back > len(text):
                raise ValueError(f"the compressed text is damaged in its chunk at byte {start}")
            for _ in range((copy & (0xFFFF >> bits)) + 3):
                text.append(text[-back])  # One by one: a copy may reach into itself.
            at += 2
    return text
