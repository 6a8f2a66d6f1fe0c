"""WeChat's signatures, and the AES envelope of pushes and passive replies (消息加解密), the same in WeCom.

Source: developers.weixin.qq.com/doc/offiaccount/Message_Management/Message_encryption_and_decryption_instructions.html
"""

from __future__ import annotations

import binascii
import hmac
import os
from base64 import b64decode
from dataclasses import dataclass
from hashlib import sha1
from threading import Lock

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC

from bot.errors import PayloadError

#: WeChat pads to 32 bytes although a block of AES has 16.
_PAD_TO = 32
_RANDOM_BYTES = 16
_NONCE_BYTES = 8
_FETCHED_BYTES = 2048
#: Random bytes and the length of the message, four bytes big endian, stand before the message.
_HEAD_BYTES = _RANDOM_BYTES + 4


def sign(*parts: str) -> str:
    """SHA-1 of the sorted parts, hex: of token, timestamp and nonce, and of the ciphertext for msg_signature."""
    return sha1("".join(sorted(parts)).encode()).hexdigest()


def is_signed(signature: str, *parts: str) -> bool:
    """Whether the signature is that of the parts, in constant time."""
    return hmac.compare_digest(signature.encode(), sign(*parts).encode())


class _Randomness:
    """Random bytes of the system, fetched many at a time: each fetching costs as much as encrypting a message."""

    def __init__(self) -> None:
        self._lock, self._left, self._process = Lock(), b"", 0

    def take(self, size: int) -> bytes:
        """`size` random bytes that nobody else was given, in this process or in another."""
        with self._lock:
            if len(self._left) < size or self._process != os.getpid():  # a forked process has a copy of what is left
                self._left, self._process = os.urandom(_FETCHED_BYTES), os.getpid()
            taken, self._left = self._left[:size], self._left[size:]
        return taken


_random = _Randomness()


class AesKey:
    """One EncodingAESKey of an account. The key schedule is built once: it costs as much as a message.

    app_id  at the end of each message: the AppID, of an app of WeCom the corpid
    """

    def __init__(self, app_id: str, encoding_aes_key: str) -> None:
        key = b64decode(encoding_aes_key + "=")
        self._app_id = app_id.encode()
        self._cipher = Cipher(AES(key), CBC(key[:16]))

    def decrypt(self, encrypted: str) -> bytes:
        """The message inside base64 ciphertext. Raises PayloadError: not base64, another key, another account."""
        decryptor = self._cipher.decryptor()
        try:
            plain = decryptor.update(binascii.a2b_base64(encrypted, strict_mode=True)) + decryptor.finalize()
        except ValueError as e:  # binascii.Error is one; so is a length that is no multiple of 16
            raise PayloadError("the ciphertext is damaged") from e
        return self._unpack(plain)

    def encrypt(self, message: bytes) -> str:
        """The message as base64 ciphertext; never the same twice."""
        plain = b"".join((_random.take(_RANDOM_BYTES), len(message).to_bytes(4, "big"), message, self._app_id))
        pad = _PAD_TO - len(plain) % _PAD_TO
        encryptor = self._cipher.encryptor()
        encrypted = encryptor.update(plain + bytes((pad,)) * pad) + encryptor.finalize()
        return binascii.b2a_base64(encrypted, newline=False).decode()

    def _unpack(self, plain: bytes) -> bytes:
        pad = plain[-1] if plain else 0
        if not 1 <= pad <= _PAD_TO or not plain.endswith(bytes((pad,)) * pad):
            raise PayloadError("the padding is wrong: encrypted with another key")
        end = _HEAD_BYTES + int.from_bytes(plain[_RANDOM_BYTES:_HEAD_BYTES], "big")
        if not hmac.compare_digest(plain[end:-pad], self._app_id):
            raise PayloadError("the message does not end with our AppID")
        return plain[_HEAD_BYTES:end]


@dataclass(frozen=True, slots=True)
class Opened:
    """A decrypted message, and the key that a reply to it must be encrypted with."""

    message: bytes
    key: AesKey


class KeyRing:
    """The current key, and the previous one while WeChat switches between them."""

    def __init__(self, app_id: str, aes_key: str, previous_aes_key: str = "") -> None:
        self._keys = tuple(AesKey(app_id, key) for key in (aes_key, previous_aes_key) if key)

    def open(self, encrypted: str) -> Opened:
        """Decrypt with the first key that fits. Raises the PayloadError of the last key tried."""
        for key in self._keys[:-1]:
            try:
                return Opened(key.decrypt(encrypted), key)
            except PayloadError:
                continue  # while keys change, messages under both are on their way
        return Opened(self._keys[-1].decrypt(encrypted), self._keys[-1])


def seal(token: str, key: AesKey, message: bytes, now: int) -> bytes:
    """The signed envelope around an encrypted reply. now: unix seconds."""
    encrypted, nonce = key.encrypt(message), _random.take(_NONCE_BYTES).hex()
    signature = sign(token, str(now), nonce, encrypted)
    return (
        f"<xml><Encrypt><![CDATA[{encrypted}]]></Encrypt><MsgSignature><![CDATA[{signature}]]></MsgSignature>"
        f"<TimeStamp>{now}</TimeStamp><Nonce><![CDATA[{nonce}]]></Nonce></xml>"
    ).encode()
