"""`python -m umikey_peer.vectors DIR`."""

import sys

from . import run, summary


def main() -> int:
    """Prints differences and the summary; exit code 1 if there are any, 2 without vectors."""
    if len(sys.argv) != 2:
        print("usage: python -m umikey_peer.vectors DIR", file=sys.stderr)
        return 2
    try:
        results = run(sys.argv[1])
    except FileNotFoundError as error:
        print(error, file=sys.stderr)
        return 2
    for result in results:
        if result.status != "passed":
            print(result)
    print(summary(results))
    return int(any(result.status == "failed" for result in results))


sys.exit(main())
