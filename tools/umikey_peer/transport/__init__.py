"""The only files that do I/O: UDP, TCP and serial lines, all on one thread."""

PORT = 2269  # MIKEY, UDP and TCP (RFC 5197 section 6)
