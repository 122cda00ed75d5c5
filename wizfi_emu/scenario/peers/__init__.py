"""The peers of a scenario: on real sockets, or in the network in memory."""
