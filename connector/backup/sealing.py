"""Encryption of a whole file in chunks, so that its size costs no memory.

AES-256-GCM over chunks of 64 KiB, the key from the passphrase by scrypt. Each chunk's
nonce holds its number and whether it is the last one, so that chunks cannot be
swapped, left out or cut off: the STREAM construction (Hoang, Reyhanitabar, Rogaway,
Vizár 2015, https://eprint.iacr.org/2015/189).
"""

from __future__ import annotations

import io
import os
import struct
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from connector.backup.faults import WRONG_KEY, BackupFault

MAGIC = b"VIDENSBRO BACKUP 1\n"
SALT_BYTES = 16
PREFIX_BYTES = 7
HEADER_BYTES = len(MAGIC) + SALT_BYTES + PREFIX_BYTES
CHUNK = 64 * 1024
TAG_BYTES = 16
COST = 2**15
"""scrypt's n: 32 MiB and about a tenth of a second, once a backup."""


class _Cipher:
    def __init__(self, passphrase: str, header: bytes) -> None:
        salt = header[len(MAGIC) : len(MAGIC) + SALT_BYTES]
        self._prefix = header[len(MAGIC) + SALT_BYTES :]
        self._header = header
        key = Scrypt(salt, 32, n=COST, r=8, p=1).derive(passphrase.encode())
        self._aead = AESGCM(key)

    def seal(self, number: int, last: bool, data: bytes) -> bytes:
        return self._aead.encrypt(self._nonce(number, last), data, self._header)

    def open(self, number: int, last: bool, data: bytes) -> bytes:
        try:
            return self._aead.decrypt(self._nonce(number, last), data, self._header)
        except InvalidTag:
            raise BackupFault(WRONG_KEY) from None

    def _nonce(self, number: int, last: bool) -> bytes:
        return self._prefix + struct.pack(">IB", number, last)


class SealingWriter(io.RawIOBase):
    """Encrypts what is written and hands it on; ``close`` writes the last chunk."""

    def __init__(self, out: BinaryIO, passphrase: str) -> None:
        """Write the header; ``out`` stays open when this is closed."""
        header = MAGIC + os.urandom(SALT_BYTES + PREFIX_BYTES)
        self._out, self._cipher = out, _Cipher(passphrase, header)
        self._held, self._number = bytearray(), 0
        out.write(header)

    def writable(self) -> bool:
        """Tell that this can be written."""
        return True

    def write(self, data: object, /) -> int:
        """Take bytes; whole chunks go on at once."""
        given = bytes(data)  # type: ignore[call-overload]
        self._held += given
        while len(self._held) > CHUNK:  # one byte is kept back: it may be the last
            self._send(last=False)
        return len(given)

    def finish(self) -> None:
        """Write the last chunk. A file without it cannot be opened."""
        self._send(last=True)

    def _send(self, *, last: bool) -> None:
        part, self._held = bytes(self._held[:CHUNK]), self._held[CHUNK:]
        self._out.write(self._cipher.seal(self._number, last, part))
        self._number += 1


class OpeningReader(io.RawIOBase):
    """Reads an encrypted file as if it were not; it can be read anywhere.

    Raise ``BackupFault`` where the key is another one or a byte was changed.
    """

    def __init__(self, held: BinaryIO, passphrase: str) -> None:
        """Read the header and measure the file."""
        held.seek(0, os.SEEK_END)
        body = held.tell() - HEADER_BYTES
        self._chunks = max(1, -(-body // (CHUNK + TAG_BYTES)))
        self._size = body - self._chunks * TAG_BYTES
        if body < TAG_BYTES or self._size < 0:
            raise BackupFault(WRONG_KEY)
        held.seek(0)
        self._held, self._at = held, 0
        self._cipher = _Cipher(passphrase, held.read(HEADER_BYTES))
        self._known: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        """Tell that this can be read."""
        return True

    def seekable(self) -> bool:
        """Tell that this can be read anywhere."""
        return True

    def tell(self) -> int:
        """Return where the next byte is read."""
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        """Move to a place in the content."""
        base = {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}
        self._at = max(0, base[whence] + offset)
        return self._at

    def readinto(self, buffer: object, /) -> int:
        """Fill ``buffer`` with what fits of one chunk; return how many bytes."""
        if self._at >= self._size:
            return 0
        number, start = divmod(self._at, CHUNK)
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        part = self._chunk(number)[start : start + len(view)]
        view[: len(part)] = part
        self._at += len(part)
        return len(part)

    def _chunk(self, number: int) -> bytes:
        if self._known[0] != number:
            self._held.seek(HEADER_BYTES + number * (CHUNK + TAG_BYTES))
            data = self._held.read(CHUNK + TAG_BYTES)
            last = number == self._chunks - 1
            self._known = (number, self._cipher.open(number, last, data))
        return self._known[1]
