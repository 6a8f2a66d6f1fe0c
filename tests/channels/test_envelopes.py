"""The AES envelope, against the vector of our fact sheet and against wechatpy."""

from __future__ import annotations

import base64
import random
import subprocess
import sys

import pytest
from wechatpy.crypto import WeChatCrypto

from bot.channels.official.read import elements
from bot.envelopes import AesKey, KeyRing, is_signed, seal, sign
from bot.errors import PayloadError

from .official.wire import AES_KEY, APP_ID, NONCE, NOW, OTHER_AES_KEY, TOKEN, text_message

#: Made with hand-written AES code and checked with wechatpy.
ENCRYPTED = (
    "Q3stYC6hdFzMh9T8HCvyDFUfyNuVGup/dLg2XeML76f/rT8NFgjbGGu08J6OTGyOO1yzdlbrkzvnD62hJtJ4rDyCJ47TWQrEK2D6ylsd0Jf95hd6"
    "S6SqTq7r+hxqfyo4fTtUybaPfhejQTkUsy7OQ47XgH/4G7NyVOk8hhD2+hPLwryGUZ2gjEqduyqT+JqLnYwH3fPM81dCw6vXzGn+ABSPGTMmBHNK"
    "QoqMtcbrHvP16f5Tb9i8+WZPR7/8hGZqD4qnQ8hpekSiBPxRABbrMuF9vjjTGioucJb84LfCOhhWRhGRSvHPPre12t5hABVzGwBCLlFxZkZFJjCj"
    "Wwr5krSwcAiZdSgV0ZMv4pdd/H8gOm70pVY0V/6HkTHldjhI2/G5XChrTsOpcLFjgnsVDwYWRLoPmG97MytUUyIa7V8="
)
WORDS = ("", "a", "动火作业", "🔥" * 500, "x" * 11, "x" * 12, "x" * 43, "x" * 44, "]]>&<")


def test_the_published_vector_is_read():
    message = AesKey(APP_ID, AES_KEY).decrypt(ENCRYPTED)
    assert message.decode() == text_message()
    assert len(message) == 276


def test_the_signatures_of_the_vector_are_ours():
    assert sign(TOKEN, str(NOW), NONCE) == "d6493412de313f47961b9461a28f9d3fa1afe8cb"
    assert sign(TOKEN, str(NOW), NONCE, ENCRYPTED) == "bb012106a0c9f9aa7138ad4ca0b0077ca19f0bc3"


@pytest.mark.parametrize("given", ["", "D6493412DE313F47961B9461A28F9D3FA1AFE8CB", "d649", "签名", "é"])
def test_any_other_signature_is_refused(given):
    assert not is_signed(given, TOKEN, str(NOW), NONCE)


@pytest.mark.parametrize("words", WORDS)
def test_wechatpy_reads_what_we_write(words):
    envelope = seal(TOKEN, AesKey(APP_ID, AES_KEY), words.encode(), NOW)
    outer = elements(envelope)
    oracle = WeChatCrypto(TOKEN, AES_KEY, APP_ID)
    assert oracle.decrypt_message(envelope, outer["MsgSignature"], outer["TimeStamp"], outer["Nonce"]) == words


@pytest.mark.parametrize("words", WORDS)
def test_we_read_what_wechatpy_writes(words):
    envelope = elements(WeChatCrypto(TOKEN, AES_KEY, APP_ID).encrypt_message(words, NONCE, str(NOW)).encode())
    assert is_signed(envelope["MsgSignature"], TOKEN, str(NOW), NONCE, envelope["Encrypt"])
    assert AesKey(APP_ID, AES_KEY).decrypt(envelope["Encrypt"]).decode() == words


def test_damaged_ciphertext_is_refused_wherever_wechatpy_refuses_it():
    ours, oracle, draw = AesKey(APP_ID, AES_KEY), WeChatCrypto(TOKEN, AES_KEY, APP_ID), random.Random(2026)
    refused = 0
    for _ in range(500):
        encrypted = _damaged(draw)
        expected, got = _oracle_reads(oracle, encrypted), _we_read(ours, encrypted)
        assert got in (None, expected)  # we also check the padding, which wechatpy does not
        refused += got is None
    assert 0 < refused < 500  # damage to the 16 random bytes alone harms nothing


def _damaged(draw: random.Random) -> str:
    raw = bytearray(base64.b64decode(ENCRYPTED))
    raw[draw.randrange(len(raw))] ^= 1 << draw.randrange(8)
    return base64.b64encode(raw[: draw.choice((len(raw), len(raw), len(raw) - 16, draw.randrange(len(raw))))]).decode()


def _oracle_reads(oracle: WeChatCrypto, encrypted: str) -> str | None:
    given = {"Encrypt": encrypted}
    try:
        return oracle.decrypt_message(given, sign(TOKEN, str(NOW), NONCE, encrypted), str(NOW), NONCE)
    except Exception:  # wechatpy lets out whatever went wrong, down to struct.error
        return None


def _we_read(key: AesKey, encrypted: str) -> str | None:
    try:
        return key.decrypt(encrypted).decode()
    except (PayloadError, UnicodeDecodeError):
        return None


@pytest.mark.parametrize("encrypted", ["", "====", "动火", "!!!!", "QUJD", ENCRYPTED[:-4], ENCRYPTED + "\n"])
def test_what_is_no_ciphertext_is_refused(encrypted):
    with pytest.raises(PayloadError):
        AesKey(APP_ID, AES_KEY).decrypt(encrypted)


@pytest.mark.parametrize("key", [AesKey(APP_ID, OTHER_AES_KEY), AesKey("wx0000000000000002", AES_KEY)])
def test_another_key_or_account_is_refused(key):
    with pytest.raises(PayloadError):
        key.decrypt(ENCRYPTED)


def test_a_message_under_the_previous_key_is_opened_and_names_that_key():
    opened = KeyRing(APP_ID, OTHER_AES_KEY, AES_KEY).open(ENCRYPTED)
    assert opened.message.decode() == text_message()
    assert AesKey(APP_ID, AES_KEY).decrypt(opened.key.encrypt(b"x")) == b"x"


def test_the_same_message_is_never_encrypted_the_same_twice():
    key = AesKey(APP_ID, AES_KEY)
    assert key.encrypt(b"x") != key.encrypt(b"x")


def test_no_two_replies_have_a_nonce_or_first_block_in_common_also_in_a_process_that_was_forked():
    # In a process of its own: forking one that has threads is a warning, and warnings are errors.
    lines = subprocess.run(
        [sys.executable, "-c", _FORKED, APP_ID, AES_KEY], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(lines) == 2 * 300
    assert len(set(lines)) == len(lines)
    assert len({line[:20] for line in lines}) == len(lines), "the first 15 bytes"


#: Encrypts the same message 300 times in a parent and in its child.
_FORKED = """
import os, sys
from bot.envelopes import AesKey
key = AesKey(*sys.argv[1:])
key.encrypt(b"before")
child = os.fork()
sys.stdout.write("".join(key.encrypt(b"the same") + "\\n" for _ in range(300)))
sys.stdout.flush()
if child:
    os.waitpid(child, 0)
else:
    os._exit(0)
"""
