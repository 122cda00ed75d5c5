"""The SPI line as a socket: each byte that a client writes is one transfer and gets exactly one byte back."""
