"""The command line, one file a command. Only light modules are imported before a command runs."""
