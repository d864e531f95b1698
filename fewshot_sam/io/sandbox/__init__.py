"""Files from outside are read in a child process that can reach nothing but them.

DICOM, NIfTI and zip parsers meet hostile or broken bytes here: nested sequences without end,
a few kilobytes that unpack to gigabytes, headers that name other files, decoders written in C. So
the child (:mod:`~fewshot_sam.io.sandbox.child`) gives up every right it does not need before it
opens its input (:mod:`~fewshot_sam.io.sandbox.confinement`), and the parent
(:mod:`~fewshot_sam.io.sandbox.reading`) checks everything that it answers
(:mod:`~fewshot_sam.io.sandbox.answers`).

This module imports nothing: the child must be confined before the readers are loaded.
"""
