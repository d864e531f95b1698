"""What server and worker both do with rows: the volume of a row, leases on jobs, the wake-up between them."""
