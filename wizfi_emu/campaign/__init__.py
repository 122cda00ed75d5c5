"""Scenarios with very many seeds: units of seeds, a ledger of what came of them, and who plays them."""
