"""The contract between page and server: enums, limits, requests and answers of the HTTP API.

``enums`` and ``limits`` import nothing else of the backend, ``requests`` and ``answers`` import those two.
``python -m backend.schemas.generate`` writes what the page uses of them to ``ui/static/api/``.
"""
