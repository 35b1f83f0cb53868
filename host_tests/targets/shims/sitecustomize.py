"""CPython imports this at start, when this folder is on PYTHONPATH."""

import umikey_shims

umikey_shims.install()
