"""Entry point of ``python -m fewshot_sam``."""

import sys

from fewshot_sam.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
