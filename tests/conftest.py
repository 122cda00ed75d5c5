"""What holds for every test."""

from __future__ import annotations

import signal

from hypothesis import HealthCheck, settings

# A busy machine is no failure, so nothing here depends on wall time. The examples are the same in every run: what turns
# red does so because of the change at hand. `pytest --hypothesis-profile=search` draws others, and more of them.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("search", settings.get_profile("suite"), derandomize=False, max_examples=1000)
settings.load_profile("suite")

# A shell that runs the tests in the background ignores this, and so would every program that they start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)
