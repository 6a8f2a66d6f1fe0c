import base64

import pytest

from bot.simulator.crypto import CryptoError, decrypt, encrypt, sign

# The vector of the fact sheet: made by hand-written AES code, cross-checked with another implementation.
TOKEN = "anquan2026"
KEY = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
APP_ID = "wx0000000000000001"
TIMESTAMP, NONCE = "1790000000", "486452656"
MESSAGE = (
    "<xml><ToUserName><![CDATA[gh_0000000000aa]]></ToUserName>"
    "<FromUserName><![CDATA[oTEST0000000000000000000001]]></FromUserName>"
    "<CreateTime>1790000000</CreateTime><MsgType><![CDATA[text]]></MsgType>"
    "<Content><![CDATA[动火作业]]></Content><MsgId>25000000000000001</MsgId></xml>"
).encode()
ENCRYPTED = (
    "Q3stYC6hdFzMh9T8HCvyDFUfyNuVGup/dLg2XeML76f/rT8NFgjbGGu08J6OTGyOO1yzdlbrkzvnD62hJtJ4rDyCJ47TWQrEK2D6ylsd"
    "0Jf95hd6S6SqTq7r+hxqfyo4fTtUybaPfhejQTkUsy7OQ47XgH/4G7NyVOk8hhD2+hPLwryGUZ2gjEqduyqT+JqLnYwH3fPM81dCw6vX"
    "zGn+ABSPGTMmBHNKQoqMtcbrHvP16f5Tb9i8+WZPR7/8hGZqD4qnQ8hpekSiBPxRABbrMuF9vjjTGioucJb84LfCOhhWRhGRSvHPPre1"
    "2t5hABVzGwBCLlFxZkZFJjCjWwr5krSwcAiZdSgV0ZMv4pdd/H8gOm70pVY0V/6HkTHldjhI2/G5XChrTsOpcLFjgnsVDwYWRLoPmG97"
    "MytUUyIa7V8="
)


def test_vector_signature():
    assert sign(TOKEN, TIMESTAMP, NONCE) == "d6493412de313f47961b9461a28f9d3fa1afe8cb"


def test_vector_msg_signature():
    assert sign(TOKEN, TIMESTAMP, NONCE, ENCRYPTED) == "bb012106a0c9f9aa7138ad4ca0b0077ca19f0bc3"


def test_vector_encrypts():
    assert encrypt(MESSAGE, KEY, APP_ID, prefix=b"0123456789abcdef") == ENCRYPTED


def test_vector_decrypts():
    assert decrypt(ENCRYPTED, KEY, APP_ID) == MESSAGE


@pytest.mark.parametrize("size", [0, 1, 5, 9, 10, 11, 41, 42, 2048])
def test_every_length_survives_and_is_padded_to_32(size):
    message = b"x" * size
    encrypted = encrypt(message, KEY, APP_ID)
    assert len(base64.b64decode(encrypted)) % 32 == 0
    assert decrypt(encrypted, KEY, APP_ID) == message


def test_same_message_never_looks_the_same():
    assert encrypt(MESSAGE, KEY, APP_ID) != encrypt(MESSAGE, KEY, APP_ID)


@pytest.mark.parametrize(
    "encrypted",
    ["", "not base64!", "AAAA", base64.b64encode(bytes(32)).decode(), ENCRYPTED[:-8] + "AAAAAAA="],
)
def test_foreign_text_is_refused(encrypted):
    with pytest.raises(CryptoError):
        decrypt(encrypted, KEY, APP_ID)


def test_another_key_is_refused():
    with pytest.raises(CryptoError):
        decrypt(ENCRYPTED, "Z" * 42 + "A", APP_ID)


def test_another_appid_is_refused():
    with pytest.raises(CryptoError, match="appid"):
        decrypt(ENCRYPTED, KEY, "wx0000000000000002")


def test_other_implementation_reads_and_writes_the_same():
    wechat_crypto = pytest.importorskip("wechatpy.crypto")
    theirs = wechat_crypto.WeChatCrypto(TOKEN, KEY, APP_ID)
    encrypted = encrypt(MESSAGE, KEY, APP_ID)
    envelope = f"<xml><ToUserName>gh</ToUserName><Encrypt>{encrypted}</Encrypt></xml>"
    read = theirs.decrypt_message(envelope, sign(TOKEN, TIMESTAMP, NONCE, encrypted), TIMESTAMP, NONCE)
    assert read == MESSAGE.decode()
    written = theirs.encrypt_message("<xml><a>好</a></xml>", NONCE, TIMESTAMP)
    inner = written.split("<Encrypt><![CDATA[")[1].split("]]>")[0]
    assert decrypt(inner, KEY, APP_ID) == "<xml><a>好</a></xml>".encode()
