"""`python -m umikey_peer.vectors DIR`."""

import sys

from . import main

sys.exit(main(sys.argv[1:]))
