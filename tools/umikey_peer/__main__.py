"""`python -m umikey_peer` is the `umikey-peer` command."""

from .cli import main

main()
