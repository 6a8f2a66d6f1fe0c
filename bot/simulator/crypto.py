"""Signatures and encryption of callbacks, written from the platform's description alone.

The bot has its own implementation and shares no line with this one: what shares code shares mistakes.
Source: developers.weixin.qq.com, 消息加解密说明.
"""

import base64
import binascii
import hashlib
import secrets
import struct

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from .config import decode_aes_key

#: PKCS#7 pads to 32 bytes here, twice the block size of AES.
PAD_TO = 32
RANDOM_BYTES = 16


class CryptoError(ValueError):
    """A text that this key, or this appid, cannot have produced."""


def sign(*parts: str) -> str:
    """SHA-1, in lower-case hex, of the parts sorted by byte order and joined."""
    return hashlib.sha1("".join(sorted(parts)).encode(), usedforsecurity=False).hexdigest()


def encrypt(message: bytes, aes_key: str, app_id: str, *, prefix: bytes | None = None) -> str:
    """Base64 of AES-256-CBC over 16 random bytes, the length in bytes (big-endian), the message, the appid.

    prefix   the 16 leading bytes, random unless given for a test vector
    """
    key = decode_aes_key(aes_key)
    head = secrets.token_bytes(RANDOM_BYTES) if prefix is None else prefix
    plain = head + struct.pack(">I", len(message)) + message + app_id.encode()
    encryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(encryptor.update(_pad(plain)) + encryptor.finalize()).decode()


def decrypt(encrypted: str, aes_key: str, app_id: str) -> bytes:
    """The message inside `encrypted`. Raises CryptoError: not base64, wrong key, padding, length or appid."""
    key = decode_aes_key(aes_key)
    try:
        raw = base64.b64decode(encrypted, validate=True)
    except (binascii.Error, ValueError) as e:
        raise CryptoError("Encrypt is not base64") from e
    if not raw or len(raw) % 16:
        raise CryptoError("Encrypt is not a whole number of AES blocks")
    decryptor = Cipher(algorithms.AES(key), modes.CBC(key[:16])).decryptor()
    return _unpack(_unpad(decryptor.update(raw) + decryptor.finalize()), app_id)


def _pad(plain: bytes) -> bytes:
    count = PAD_TO - len(plain) % PAD_TO
    return plain + bytes([count]) * count


def _unpad(padded: bytes) -> bytes:
    count = padded[-1]
    if not 1 <= count <= PAD_TO or padded[-count:] != bytes([count]) * count:
        raise CryptoError("padding is wrong: another key was used")
    return padded[:-count]


def _unpack(plain: bytes, app_id: str) -> bytes:
    if len(plain) < RANDOM_BYTES + 4:
        raise CryptoError("decrypted text is too short")
    (length,) = struct.unpack_from(">I", plain, RANDOM_BYTES)
    body = plain[RANDOM_BYTES + 4 :]
    if length > len(body):
        raise CryptoError("length field exceeds the text: bytes and characters confused, or another key")
    if body[length:] != app_id.encode():
        raise CryptoError("appid inside the text is another account's")
    return body[:length]
