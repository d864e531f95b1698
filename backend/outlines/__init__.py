"""Outlines that SAM draws on one slice: asked for by a request, made in the worker, kept by nobody.

Question and answer are lines of JSON on the worker's stdin and stdout (:mod:`backend.outlines.messages`):
they end with the process, no file or port has to be guarded, and nothing is unpickled.
"""
