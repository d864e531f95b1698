"""What ``export`` writes, one file for each kind."""
