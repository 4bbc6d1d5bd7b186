"""How customers reach the gateway: one channel a file."""
