"""Speed and memory: ``python -m benchmarks.speed`` measures what has no figure yet, then writes one table.

A case (``cases/``) is made of parts, each run in a process of its own, so that peak memory is that part's
and no library keeps threads or caches for the next one. A part answers with plain numbers; the case turns
the numbers of its parts into rows of the table, with the reference measured in the same run and the target.
"""
