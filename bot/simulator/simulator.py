"""The simulated platform as one object: its state, its clock, and what people do on their phones."""

import secrets
import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from . import actions
from .api_notice import SentIds
from .config import SimulatorConfig
from .envelope import Node, Push, Tamper, seal, signed_query
from .errcodes import Refused
from .faults import Faults
from .mass import MassDesk
from .outbox import Outbox
from .push import PushOutcome, Repeats, deliver, request
from .quotas import QuotaBook
from .received import Received
from .recorder import Recorder
from .reply import Outcome, PassiveReply
from .sms import SmsDesk
from .state import State
from .tokens import TokenDesk
from .wecom import WeComDesk

#: What a person reads when every attempt failed or the answer was abnormal.
FAILURE_LINE = "该公众号提供的服务出现故障，请稍后再试"
#: Nobody looks at the chat when these are pushed, so no line appears.
UNSEEN_EVENTS = frozenset(
    {
        "unsubscribe",
        "MASSSENDJOBFINISH",
        "TEMPLATESENDJOBFINISH",
        "PUBLISHJOBFINISH",
        "subscribe_msg_sent_event",
        "subscribe_msg_change_event",
        "user_info_modified",
        "user_authorization_revoke",
        "user_authorization_cancellation",
    }
)
MAX_OUTCOMES = 1_000
#: Who is named in events about the account itself.
OPERATOR = "oOperatorOfThisAccount000000"


class Simulator:
    """WeChat, for one account. Thread-safe: `lock` guards `state`, `tokens` and `quotas`.

    clock   epoch seconds; `advance` shifts what is made of it. Deadlines run on real time all the same.
    """

    def __init__(self, config: SimulatorConfig, clock: Callable[[], float] = time.time) -> None:
        self.config = config
        self.lock = threading.RLock()
        self.state = State()
        self.tokens = TokenDesk(self.now)
        self.quotas = QuotaBook(self.now)
        self.mass = MassDesk(self.state.crowd)
        self.sent_ids = SentIds()
        self.sms = SmsDesk()
        self.wecom = WeComDesk(TokenDesk(self.now))
        self.received = Received(self.state.crowd)
        self.outbox = Outbox(self.now)
        self.faults = Faults()
        self.recorder = Recorder()
        self.repeats = Repeats()
        self.ip_whitelist: frozenset[str] | None = None
        self.outcomes: deque[PushOutcome] = deque(maxlen=MAX_OUTCOMES)
        self._clock = clock
        self._advanced_s = 0.0
        self._under_way: set[threading.Thread] = set()

    # -- clock and settings

    def now(self) -> float:
        """The simulated time, epoch seconds."""
        return self._clock() + self._advanced_s

    def wall_clock(self) -> float:
        """The time on the bot's clock too, which no switch advances: by it signatures are judged."""
        return self._clock()

    def advance(self, seconds: float) -> None:
        """Let time pass: windows close, tokens and media expire, quotas return."""
        with self.lock:
            self._advanced_s += seconds
        self.outbox.wake()

    def reconfigure(self, **changes: Any) -> None:
        """Change settings while running. Raises TypeError or ValueError for what SimulatorConfig refuses."""
        with self.lock:
            self.config = replace(self.config, **changes)

    # -- deeds of a person; each is pushed to the bot before the call returns

    def follow(self, openid: str, scene: str | None = None, tamper: Tamper | None = None) -> PushOutcome:
        """Follow; `scene` when by a parametric QR code. Who follows already merely scans it (SCAN)."""
        return self.deliver(actions.follow(self, openid, scene, tamper))

    def unfollow(self, openid: str, tamper: Tamper | None = None) -> PushOutcome:
        """Leave the account."""
        return self.deliver(actions.unfollow(self, openid, tamper))

    def send_text(
        self,
        openid: str,
        text: str,
        msg_id: int | None = None,
        menu_id: str | None = None,
        tamper: Tamper | None = None,
    ) -> PushOutcome:
        """Type `text`; `menu_id` when it comes from a tap on a menu message or a bizmsgmenu link."""
        return self.deliver(actions.text(self, openid, text, msg_id=msg_id, menu_id=menu_id, tamper=tamper))

    def send_image(self, openid: str, content: bytes = actions.TINY_PNG, tamper: Tamper | None = None) -> PushOutcome:
        """Send a picture (PNG, JPEG or GIF bytes)."""
        return self.deliver(actions.image(self, openid, content, tamper))

    def send_voice(self, openid: str, recognition: str | None = None, tamper: Tamper | None = None) -> PushOutcome:
        """Speak; `recognition` is the recognised text, None where the account has no speech recognition."""
        return self.deliver(actions.voice(self, openid, recognition, tamper))

    def send_video(self, openid: str, *, short: bool = False, tamper: Tamper | None = None) -> PushOutcome:
        """Send a video; `short` for one taken within the chat (shortvideo)."""
        return self.deliver(actions.video(self, openid, short, tamper))

    def send_location(
        self,
        openid: str,
        latitude: float,
        longitude: float,
        label: str = "",
        scale: int = 16,
        tamper: Tamper | None = None,
    ) -> PushOutcome:
        """Send a place (degrees, GCJ-02 at WeChat)."""
        place = actions.Place(latitude, longitude, label, scale)
        return self.deliver(actions.location(self, openid, place, tamper))

    def send_link(
        self, openid: str, title: str, description: str, url: str, tamper: Tamper | None = None
    ) -> PushOutcome:
        """Forward an article."""
        return self.deliver(actions.link(self, openid, title, description, url, tamper))

    def send_event(self, openid: str, event: str, tamper: Tamper | None = None, **fields: Node) -> PushOutcome:
        """Push any event with these elements; those that open a reply window open it."""
        return self.deliver(actions.event(self, openid, event, fields, tamper))

    def click(self, openid: str, key: str, tamper: Tamper | None = None) -> PushOutcome:
        """Tap a menu button of type click."""
        return self.deliver(actions.event(self, openid, "CLICK", {"EventKey": key}, tamper))

    def view(self, openid: str, url: str, tamper: Tamper | None = None) -> PushOutcome:
        """Tap a menu button of type view."""
        fields: dict[str, Node] = {"EventKey": url, "MenuId": 1}
        return self.deliver(actions.event(self, openid, "VIEW", fields, tamper))

    def verify_url(self, tamper: Tamper | None = None) -> PushOutcome:
        """Save the server settings: GET with an echostr, which must come back verbatim. Not retried."""
        echo = str(secrets.randbelow(10**19))
        nonce = str(secrets.randbelow(10**10))
        query = signed_query(self.config, int(self.now()), nonce, tamper=tamper) | {"echostr": echo}
        attempt = request(self.config, "GET", "&".join(f"{k}={v}" for k, v in query.items()), None)
        passed = attempt.status == 200 and attempt.body == echo.encode()
        outcome = Outcome.SUCCESS if passed else Outcome.FAILURE
        problem = "" if passed else attempt.error or "echostr did not come back verbatim"
        return PushOutcome(push=None, attempts=(attempt,), outcome=outcome, problem=problem)

    # -- delivery

    def compose(self, fields: dict[str, Node], tamper: Tamper | None = None) -> Push:
        """The request that would carry `fields`; deliver several in any order, or at once."""
        return seal(self.config, fields, self.now(), tamper)

    def deliver(self, push: Push) -> PushOutcome:
        """Send one push and show the person what comes of it."""
        outcome = deliver(self.config, push, self._has_media, self.repeats)
        with self.lock:
            self.outcomes.append(outcome)
            self._show(push, outcome)
        return outcome

    def push_event(self, name: str, fields: Mapping[str, Node], openid: str = OPERATOR, delay_s: float = 0.0) -> None:
        """Let an event of the platform's own arrive at the bot `delay_s` from now, unless a switch loses it."""
        if not self.config.callback_url or self.outbox.loses(name):
            return
        head: dict[str, Node] = {"FromUserName": openid, "MsgType": "event", "Event": name}
        self.outbox.put(self.now() + delay_s, lambda: self.deliver(self.compose({**head, **fields})))

    def in_background(self, deed: Callable[[], object]) -> None:
        """Run a deed without waiting for the bot: the phone page polls for what comes of it.

        A page that waited would hold one of the server's threads, which the bot may need to answer.
        """

        def run() -> None:
            try:
                deed()
            finally:
                with self.lock:
                    self._under_way.discard(threading.current_thread())

        thread = threading.Thread(target=run, daemon=True)
        with self.lock:
            self._under_way.add(thread)
            thread.start()  # before anybody who waits can see it: a thread not yet started cannot be joined

    def wait_idle(self, timeout_s: float) -> bool:
        """Wait for the deeds in the background; False when some are still under way."""
        deadline = time.monotonic() + timeout_s
        with self.lock:
            threads = list(self._under_way)
        for thread in threads:
            thread.join(max(0.0, deadline - time.monotonic()))
        left_s = max(0.0, deadline - time.monotonic())
        return self.outbox.wait_idle(left_s) and not any(thread.is_alive() for thread in threads)

    def _has_media(self, media_id: str, kinds: tuple[str, ...]) -> bool:
        with self.lock:
            try:
                self.state.live_media(media_id, self.now(), *kinds)
            except Refused:
                return False
        return True

    def _show(self, push: Push, outcome: PushOutcome) -> None:
        if push.event in UNSEEN_EVENTS:
            return
        follower = self.state.person(push.openid)
        if outcome.outcome is Outcome.FAILURE:
            self.state.failure_lines += 1
            self.state.say(follower, self.now(), "system", "failure", text=FAILURE_LINE)
        if outcome.reply and follower.subscribed:
            follower.last_exchange_at = self.now()
            self.state.say(follower, self.now(), "account", outcome.reply.msg_type, **shown(outcome.reply))


def shown(reply: PassiveReply) -> dict[str, Any]:
    """What the phone draws of a passive reply, in the names that customer-service messages use."""
    articles = [
        {"title": a.title, "description": a.description, "url": a.url, "picurl": a.pic_url} for a in reply.articles
    ]
    return {
        "text": reply.content,
        "media_id": reply.media_id,
        "title": reply.title,
        "description": reply.description,
        "url": reply.url,
        "articles": articles,
    }
