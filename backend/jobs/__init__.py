"""Heavy work: a worker process, and the thread of the server that looks after it."""
