"""What tests of PSK exchanges do with an agent: set an engine up, and give it messages."""

import craft
from craft import ID_I, ID_R, NOW, PSK, TGK, TS
from driver import Refused, key_word


def responder(agent, psk=PSK, idr=ID_R, now=NOW, **options):
    agent.call("responder", psk=psk, idr=idr, now=now, **options)


def initiator(agent, psk=PSK, cs="11111111/0/", ts=TS, **options):
    options = {"csb": craft.CSB, "rand": craft.RAND, "idi": ID_I, "idr": ID_R} | options
    agent.call("initiator", psk=psk, cs=cs, keys=key_word(0, TGK), **options)
    return bytes.fromhex(agent.call("start", ts=ts))


def hears(agent, message, **options):
    responder(agent, **options)
    return agent.hear(message)


def feeds(agent, message):
    """What the initiator makes of an answer: "keys", "waits", or the error it raises."""
    try:
        return "keys" if agent.call("feed", m=message) == "True" else "waits"
    except Refused as e:
        agent.call("reset")
        return f"{e.kind}/{e.number}"
