"""The browser, for tests of pages."""

from browsers import browser  # noqa: F401 - a fixture
