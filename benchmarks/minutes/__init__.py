"""From a dropped scan to a mask worth keeping: ``python -m benchmarks.minutes``.

A scripted hand of written speed (:class:`benchmarks.minutes.hand.HandModel`) paints in the real app, in a
real Chromium, on an empty data folder, as docs/annotating.md teaches; the clock runs from the drop of the
file until the mask on the server has a mean Dice of 0.90 on all unpainted slices. Peers get the same hand
and the same slices: its times are added up, their computation is timed. Beside it: what a press of the
button waits for, and the first commands on an empty cache.
"""
