"""Talks to `device/agent.py` on a target: the same host test then drives every target."""

from dataclasses import dataclass
from pathlib import Path

AGENT = Path(__file__).parent / "device" / "agent.py"


class Refused(Exception):
    """The device raised: the exception's name and its MIKEY error number, or None."""

    def __init__(self, kind: str, number: int | None, text: str):
        super().__init__(f"{kind} {number} {text}")
        self.kind, self.number, self.text = kind, number, text


@dataclass(frozen=True)
class CS:
    cs_id: int
    ssrc: int
    tek: bytes
    salt: bytes
    mki: bytes
    valid: tuple[bytes, bytes] | None


@dataclass(frozen=True)
class Keys:
    fingerprint: str
    sessions: tuple[CS, ...]


@dataclass(frozen=True)
class Heard:
    """What a responder made of a message: `what` is "ok" or "Exception/number"."""

    what: str
    answer: bytes

    @property
    def outcome(self) -> str | int:
        """As the vectors' `accept` lists have it: "accepted", "silent" or an Error number."""
        if self.what == "ok":
            return "accepted"
        return error_number(self.answer) if self.answer else "silent"


def error_number(message: bytes) -> int:
    """The number in an Error message; AssertionError for anything else (RFC 3830 5.1.2)."""
    assert message[0] == 1 and message[1] == 6, message.hex()
    at = 10 + (9 * message[8] if message[9] == 0 else 0)
    assert message[2] == 5
    at, kind = at + 2 + (8, 8, 4, 4)[message[at + 1]], message[at]
    assert kind == 12, message.hex()
    return message[at + 1]


def octets(s: str) -> bytes:
    return b"" if s == "-" else bytes.fromhex(s)


def _word(value) -> str:
    if isinstance(value, bytes | bytearray):
        return value.hex() or "-"
    if isinstance(value, bool):
        return str(int(value))
    return str(value)


def key_word(kind, key, salt=b"", kv=0, a=b"", b=b"") -> str:
    """One key for `keys=`, see the agent."""
    return "/".join((str(kind), key.hex(), _word(salt), str(kv), _word(a), _word(b)))


class Agent:
    """Commands of the agent as calls: agent.call("prf", f=0, key=b"..") -> the answer's text."""

    def __init__(self, session, target: str, timeout: float = 60):
        self.session = session
        self.target = target
        self.small = target == "qemu-m0"  # about 10 KB of heap, and slow: take fewer samples
        self.timeout = timeout
        session.start("import agent")

    def call(self, command: str, **args) -> str:
        words = [f"{name}={_word(value)}" for name, value in args.items()]
        self.session.send_line(" ".join([command, *words]))
        line = self.session.read_line(self.timeout)
        if line is None:
            raise AssertionError(f"agent died at {command}: {self.session.finish(5)}")
        if line.startswith("! "):
            _, kind, number, *text = line.split(" ", 3)
            raise Refused(kind, None if number == "None" else int(number), " ".join(text))
        if not line.startswith("="):
            raise AssertionError(f"agent said {line!r} to {command}")
        return line[2:]

    def hear(self, message: bytes, chunk: int = 0) -> Heard:
        what, answer = self.call("hear", m=message, chunk=chunk).split(" ")
        return Heard(what, octets(answer))

    def keys(self, who: str = "me") -> Keys:
        fingerprint, *rest = self.call("keys", who=who).split(" ")
        out = []
        for one in rest:
            cs_id, ssrc, tek, salt, mki, valid = one.split("/")
            a, _, b = valid.partition("-")
            span = (octets(a), octets(b)) if a and b else None
            out.append(CS(int(cs_id), int(ssrc, 16), octets(tek), octets(salt), octets(mki), span))
        return Keys(fingerprint, tuple(out))

    def close(self) -> None:
        self.session.close()


def open_agent(target, load: str = "frozen", **options):
    """-> (session, Agent); use the session in a `with` statement."""
    files = {"agent": AGENT, "agent_ec": AGENT.with_name("agent_ec.py")}
    session = target.session(load=load, files=files, **options)
    return session, Agent(session, target.name)
