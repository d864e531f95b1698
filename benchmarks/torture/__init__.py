"""What a server survives, row by row; ``python -m benchmarks.torture``, see docs/reliability.md."""
