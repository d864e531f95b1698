"""What is read from the database: each question has one function here, within a session of the caller.

Modules are named after what they are asked about; ``access`` finds rows for their owner, ``answers`` turns
rows into answers of the HTTP API. Nothing here writes, and nothing opens a file.
"""
