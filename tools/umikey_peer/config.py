"""The TOML file of `--config`, addresses, and what options mean.

# umikey-peer.toml; command line options override it
psk-file = "keys.toml"            # relative to this file; chmod 600
id = "sip:nvr@plant.example"      # who we are; the certificate has to be for it

[serve]
udp = ["0.0.0.0:2269"]
tcp = ["0.0.0.0:2269"]
serial = ["/dev/ttyACM0:115200"]
skew = "300"                      # seconds that clocks may differ, or "off"
startup = "fresh"                 # or "strict", "off"
mode = ["psk", "dhhmac", "dhsign", "ecies", "ecmqv"]  # left out: all that there are keys for
state = "replay.json"             # replay cache, kept over restarts

cert = "nvr.pem"                  # for dhsign, ecies, ecmqv: our certificates, leaf first
cert-key = "nvr.key.pem"          # chmod 600
anchor = ["plant/ca.pem"]         # authorities that we trust

[initiate]
to = "sip:cam7@plant.example"
ssrc = ["11223344"]
"""

from __future__ import annotations

import errno
import json
import os
import socket
import tomllib
from pathlib import Path

import click

from .credentials import ConfigError, read_text
from .replay import ReplayGuard
from .transport import PORT

PATHS = ("psk-file", "key-file", "state", "cert", "cert-key", "anchor", "knows")


def help_text() -> str:
    """The example above, as click shows it without refilling its lines."""
    example = (__doc__ or "").split("\n\n", 1)[1]
    return "\n\n".join("\b\n" + part for part in example.strip().split("\n\n"))


def load(ctx: click.Context, _param, path: str | None) -> str | None:
    """Callback of --config: the file's values become the defaults of the other options."""
    if path is None:
        return None
    text = read_text(path, "configuration")
    try:
        table = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"the configuration {path} is no TOML: {error}") from None
    options = {
        opt.lstrip("-"): param
        for param in ctx.command.params
        for opt in param.opts
        if isinstance(param, click.Option)
    }
    values = {k: v for k, v in table.items() if not isinstance(v, dict)}
    own = table.get(ctx.command.name or "", {})
    for name in [*own, *values]:
        if name not in options and (name in own or not _known_elsewhere(ctx, name)):
            raise ConfigError(f"the configuration {path} has an unknown setting {name!r}")
    unknown = {k for k, v in table.items() if isinstance(v, dict)} - _commands(ctx)
    if unknown:
        raise ConfigError(f"the configuration {path} has an unknown section [{unknown.pop()}]")
    ctx.default_map = {}
    for name, value in {**values, **own}.items():
        if name in options:
            value = _checked(options[name], name, value, f"the configuration {path}")
            if name in PATHS:
                value = _relative(value, Path(path).parent)
            ctx.default_map[options[name].name] = value
    return path


def _checked(option: click.Option, name: str, value: object, where: str) -> object:
    """A value of the kind that the option takes; numbers are checked by click later."""
    if option.is_flag:
        if not isinstance(value, bool):
            raise ConfigError(f"{where}: {name} is true or false")
    elif option.multiple:
        value = [value] if isinstance(value, str) else value
        if not isinstance(value, list) or not all(isinstance(entry, str) for entry in value):
            raise ConfigError(f"{where}: {name} is a list of strings")
    elif not isinstance(value, str | int | float) or isinstance(value, bool):
        raise ConfigError(f"{where}: {name} is a string or a number")
    return value


def _relative(value: object, folder: Path) -> object:
    if isinstance(value, list):
        return [str(folder / entry) for entry in value]
    return str(folder / str(value))


def _commands(ctx: click.Context) -> set[str]:
    group = ctx.parent.command if ctx.parent else None
    return set(group.commands) if isinstance(group, click.Group) else set()


def _known_elsewhere(ctx: click.Context, name: str) -> bool:
    """Whether another command has such an option: common settings may stand at the top."""
    group = ctx.parent.command if ctx.parent else None
    commands = group.commands.values() if isinstance(group, click.Group) else ()
    return any(f"--{name}" in p.opts for c in commands for p in c.params)


def address(text: str, default_host: str = "") -> tuple[str, int]:
    """(host, port) of "host:port", "host", ":port", "[v6]:port"; ConfigError otherwise."""
    host, port = text, str(PORT)
    if text.startswith("["):
        host, bracket, rest = text[1:].partition("]")
        if not bracket or (rest and not rest.startswith(":")):
            raise ConfigError(f"{text!r} is no address: expected [host]:port")
        port = rest[1:] or port
    elif text.count(":") == 1:
        host, port = text.split(":")
    elif ":" in text:
        pass  # a bare IPv6 address
    if not port.isdigit() or int(port) > 65535:
        raise ConfigError(f"{text!r} has no valid port: expected 0 to 65535")
    return host or default_host, int(port)


def bind(open_socket, what: str, option: str, text: str) -> socket.socket:
    """A listening socket at an address; ConfigError in plain words when that fails."""
    host, port = address(text.removeprefix(f"{what.lower()}://"))
    where = f"{what} {host or '*'} port {port}"
    try:
        return open_socket(host, port)
    except socket.gaierror:
        raise ConfigError(f"there is no host {host!r} to listen on") from None
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            reason = f"another program uses it; choose another port with {option} HOST:PORT"
        elif error.errno == errno.EACCES:
            reason = "not allowed; ports below 1024 need more rights"
        elif error.errno == errno.EADDRNOTAVAIL:
            reason = "this machine has no such address"
        else:
            reason = error.strerror
        raise ConfigError(f"cannot listen on {where}: {reason}") from None


def replay_guard(skew: str, startup: str, state: str | None) -> ReplayGuard:
    """The replay cache of a server, with what an earlier run has left in `state`."""
    if skew == "off":
        guard = ReplayGuard(None, startup=startup)
    else:
        try:
            seconds = float(skew)
        except ValueError:
            seconds = -1.0
        if not 0 < seconds < 1e9:
            raise ConfigError(f"the skew is a number of seconds or off, not {skew!r}")
        guard = ReplayGuard(seconds, startup=startup)
    if state and Path(state).exists():
        try:
            guard.load(json.loads(read_text(state, "replay state")))
        except ValueError:
            raise ConfigError(f"{state} is no replay state; move it away to begin anew") from None
    if state:
        check_state(state)
    return guard


def check_state(state: str) -> None:
    """ConfigError unless `save_state` can write: found at the start, not after an exchange."""
    path, temporary = Path(state), Path(f"{state}.new")
    try:
        if path.exists() and not os.access(path, os.W_OK):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
        open(temporary, "w").close()
        temporary.unlink()
    except OSError as error:
        raise ConfigError(
            f"cannot write the replay state {state}: {error.strerror}; give --state another FILE"
        ) from None


def save_state(guard: ReplayGuard, state: str) -> None:
    """Writes the replay cache; a crash in between leaves the old file."""
    temporary = f"{state}.new"
    try:
        with open(temporary, "w", encoding="ascii") as file:
            json.dump(guard.dump(), file)
        os.replace(temporary, state)
    except OSError as error:
        raise ConfigError(f"cannot write the replay state {state}: {error.strerror}") from None
