"""Calls of other programs: a scan and painted slices, or a model, come in, a mask goes out; nothing is kept.

They come through Gradio's API (``ui/calls.py``, ``backend/http/calls.py``) and are carried out one at a time
in a process of their own (``program.py``), which does what the command line does.
"""
