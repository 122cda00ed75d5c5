"""What holds for every test."""

from __future__ import annotations

import logging
import signal
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from tests.programs import need

# A busy machine is no failure, so nothing here depends on wall time. The examples are the same in every run: what turns
# red does so because of the change at hand. `pytest --hypothesis-profile=search` draws others, and more of them.
settings.register_profile("suite", deadline=None, suppress_health_check=[HealthCheck.too_slow], derandomize=True)
settings.register_profile("search", settings.get_profile("suite"), derandomize=False, max_examples=1000)
settings.load_profile("suite")

# A shell that runs the tests in the background ignores this, and so would every program that they start and interrupt.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def mosquitto_program() -> None:
    """An MQTT broker is installed. A fixture, because a test under trio cannot say why it is left out."""
    need("mosquitto", "mosquitto_passwd", "mosquitto_pub", "mosquitto_sub")


@pytest.fixture(autouse=True)
def _log_handlers_end_with_the_test() -> Iterator[None]:
    """A command that logs to standard error keeps pytest's, which is closed when its test is over."""
    logger = logging.getLogger()
    before, level = logger.handlers[:], logger.level
    yield
    logger.setLevel(level)
    for handler in set(logger.handlers) - set(before):
        logger.removeHandler(handler)
