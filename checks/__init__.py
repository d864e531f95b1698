"""Measures of the code and their limits; ``python -m checks`` prints them and fails where one is passed."""
