import threading

from bot.simulator.crowd import Crowd, Tally
from bot.simulator.outbox import Outbox
from bot.simulator.received import MAX_CONTENTS, Received


def test_deeds_are_done_when_they_fall_due_in_their_order(clock):
    outbox, done, order = Outbox(clock), threading.Event(), []
    outbox.put(clock.now + 20, done.set)
    outbox.put(clock.now + 10, lambda: order.append("first"))
    assert outbox.wait_idle(5)
    assert not order
    clock.now += 10
    outbox.wake()
    assert outbox.wait_idle(5)
    assert order == ["first"]
    assert not done.is_set()
    clock.now += 10
    outbox.wake()
    assert done.wait(120)


def test_what_exceeds_the_outbox_is_lost_and_counted(clock):
    outbox = Outbox(clock, max_waiting=2)
    for _ in range(5):
        outbox.put(clock.now + 1000, lambda: None)
    assert outbox.lost == 3


def test_idle_is_not_reached_while_a_deed_lasts(clock):
    outbox, go = Outbox(clock), threading.Event()
    outbox.put(clock.now, lambda: go.wait(120))
    assert not outbox.wait_idle(0.05)
    go.set()
    assert outbox.wait_idle(5)


def test_tally_counts_the_crowd_and_the_others():
    crowd = Crowd(5)
    tally = Tally(crowd)
    for address in (crowd.openid(4), crowd.openid(4), "13800000001"):
        tally.add(address)
    tally.add("nobody", -3)
    tally.add_rank(0, 999)
    assert (tally.of(crowd.openid(4)), tally.of("13800000001"), tally.of("nobody")) == (2, 1, 0)
    assert tally.spread() == {1: 1, 2: 1, 255: 1}
    assert dict(tally.people()) == {"13800000001": 1, crowd.openid(0): 255, crowd.openid(4): 2}
    tally.clear(crowd.openid(4))
    assert tally.of(crowd.openid(4)) == 0


def test_crowd_knows_its_own():
    crowd = Crowd(5)
    others = [crowd.openid(5), "oFans1", "oFans" + "x" * 23, "oAlice", None]
    assert [crowd.rank(openid) for openid in others] == [None] * 5
    assert len(crowd.openid(4)) == 28


def test_contents_beyond_the_memory_are_counted_together():
    received = Received(Crowd())
    for n in range(MAX_CONTENTS + 3):
        received.note("a", "sms", {"text": f"{n}"})
    others = received.get("sms-others")
    assert len(received.all()) == MAX_CONTENTS + 1
    assert others.tally.of("a") == 3


def test_who_waits_may_do_so_while_deeds_begin(simulator):
    def begin():
        for _ in range(500):
            simulator.in_background(lambda: None)

    starter = threading.Thread(target=begin)
    starter.start()
    while starter.is_alive():
        assert simulator.wait_idle(5)
    assert simulator.wait_idle(5)
