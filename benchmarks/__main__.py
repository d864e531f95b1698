"""``python -m benchmarks``: the accuracy benchmark; see :mod:`benchmarks.accuracy`."""

import sys

from benchmarks.accuracy import main

sys.exit(main())
