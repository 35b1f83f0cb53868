"""The smallest program that does one PSK exchange: for finding the smallest heap it runs in.

`bench_data` is made by the bench; its CHUNK is how many octets are fed at a time, 0 for all.
"""

from bench_data import CHUNK, CSB, ID_I, ID_R, MESSAGE, NOW, PSK, RAND, ROLE, TGK


def initiator():
    from umikey import SRTP, psk

    me = psk.Initiator(
        PSK,
        ID_I,
        ID_R,
        (SRTP(0x11223344),),
        csb_id=CSB,
        rand=RAND,
        keys=((0, bytearray(TGK), None, 0, None, None),),
        now=lambda: NOW,
    )
    me.start(bytearray(176))
    return me


def responder():
    from umikey import Responder, psk
    from umikey.replay import Replay

    replay = Replay(lambda: NOW, size=4, quarantine=0)
    policy = psk.Policy(lambda i, r: PSK)
    return Responder((policy,), ID_R, now=lambda: NOW, limit=256, replay=replay)


def main():
    me = initiator() if ROLE == "initiator" else responder()
    step = CHUNK or len(MESSAGE)
    for i in range(0, len(MESSAGE), step):
        done = me.feed(MESSAGE, i, min(i + step, len(MESSAGE)))
    if ROLE != "initiator":
        me.answer(bytearray(96))
    print("heap ok", done, me.sa[0].tek[0])


main()
