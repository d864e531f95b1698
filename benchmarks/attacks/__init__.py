"""What hostile requests and files cost a running server: seconds, memory and temporary disk."""
