"""``python -m benchmarks``: accuracy on single volumes and across patients, what RESULTS.md says of both.

``--quick`` runs a small part of the first alone, see :mod:`benchmarks.accuracy`.
"""

import sys

from benchmarks import accuracy, cross_patient

status = accuracy.main()
if "--quick" not in sys.argv:
    status = cross_patient.main([]) or status
sys.exit(status)
