"""The program `umikey-peer` in a process of its own, its events as dicts."""

import json
import os
import shlex
import subprocess
import sys
import threading
import time

from umikey_dev import REPO

KEY = bytes(range(16))
ID_I = "sip:cam7@plant.example"
ID_R = "sip:nvr@plant.example"


class Program:
    """A running `umikey-peer`; use it in a `with` statement."""

    def __init__(self, *words):
        self.process = subprocess.Popen(
            [sys.executable, "-m", "umikey_peer", *map(str, words), "--json"],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.events = []
        self.noise = []
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()

    def _read(self):
        for line in self.process.stdout:
            try:
                self.events.append(json.loads(line))
            except ValueError:
                self.noise.append(line)

    def wait_for(self, *kinds, count=1, timeout=20):
        """The `count`th event of one of these kinds."""
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            found = [e for e in list(self.events) if e.get("event") in kinds]
            if len(found) >= count:
                return found[count - 1]
            if self.process.poll() is not None and not self._thread.is_alive():
                break
            time.sleep(0.01)
        raise AssertionError(f"no event {kinds}: {self.events} {self.noise}")

    def fingerprints(self):
        """Of everything that was agreed so far."""
        return [e["fingerprint"] for e in self.events if e["event"] in ("established", "updated")]

    def finish(self, timeout=20):
        """Wait for the end; returns the exit code."""
        code = self.process.wait(timeout)
        self._thread.join(timeout)
        return code

    def __enter__(self):
        return self

    def __exit__(self, *how):
        self.process.kill()
        self.process.wait()
        self._thread.join()
        self.process.stdout.close()


def key_file(folder, key=KEY):
    """A file with the pre-shared key."""
    path = folder / "key.txt"
    path.write_text(key.hex() + "\n")
    path.chmod(0o600)
    return path


def run(folder, command):
    """A command line of the docs, `umikey-peer ...`, to its end in `folder`."""
    name, *words = shlex.split(command)
    assert name == "umikey-peer", command
    env = os.environ | {"PYTHONPATH": str(REPO / "tools")}
    subprocess.run([sys.executable, "-m", "umikey_peer", *words], cwd=folder, env=env, check=True)


def serve(folder, *words, key=KEY):
    """`umikey-peer serve`, ready; an address of each kind is in `udp`, `tcp` if asked for."""
    return listening("--psk-file", key_file(folder, key), "--id", ID_R, *words)


def listening(*words):
    """The same with other credentials."""
    program = Program("serve", *words)
    try:
        ready = program.wait_for("ready")
    except AssertionError:
        program.__exit__()
        raise
    for kind in ("udp", "tcp"):
        for host, port in ready.get(kind, ())[:1]:
            host = f"[{host}]" if ":" in host else host
            setattr(program, kind, f"{kind}://{host}:{port}")
    return program


def initiate(folder, target, *words, key=KEY):
    """`umikey-peer initiate`."""
    ids = ("--id", ID_I, "--to", ID_R, "--ssrc", "11223344")
    return Program("initiate", target, "--psk-file", key_file(folder, key), *ids, *words)
