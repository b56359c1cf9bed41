"""What is worked out for one object holds up nobody who works the same out for another."""

from __future__ import annotations

from threading import Event, Thread

from routing.cached_property import cached_property


class Slow:
    def __init__(self, wait: Event | None) -> None:
        self.wait = wait
        self.times = 0

    @cached_property
    def value(self) -> int:
        """Take as long as there is to wait."""
        self.times += 1
        return self.times if self.wait is None else int(self.wait.wait(30))


def test_one_object_waits_for_no_other() -> None:
    """While one search works its property out, another reads its own."""
    go_on = Event()
    slow = Slow(go_on)
    thread = Thread(target=lambda: slow.value)
    thread.start()
    reader = Thread(target=lambda: Slow(None).value, daemon=True)
    reader.start()
    reader.join(5)
    waited = reader.is_alive()
    go_on.set()
    thread.join()

    assert not waited


def test_a_property_is_worked_out_once() -> None:
    quick = Slow(None)

    assert (quick.value, quick.value, quick.times) == (1, 1, 1)
    assert Slow.value.__doc__ == "Take as long as there is to wait."
