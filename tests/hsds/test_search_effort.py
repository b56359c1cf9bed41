"""What a search costs grows with the directory, not with its square: `/hsds` is open to everybody."""

from __future__ import annotations

from pathlib import Path

from bundle_builders import bundle_bytes, good_bundle
from hsds.large_package import write_package
from length import draws
from loaded import Loader

from service.directory.standard.record_query import RecordQuery
from service.directory.store.hsds_pages import HsdsPages
from service.directory.use_cases.import_hsds import import_hsds
from service.directory.use_cases.load_bundle import load_bundle

_STEPS = 100


def effort_of_search(folder: Path, services: int) -> int:
    """Return how many steps SQLite takes to find what is in every place, with an unlisted organization about."""
    with Loader() as loader:
        load_bundle(loader.unit_of_work(), bundle_bytes(good_bundle()), replace=True)
        import_hsds(loader.unit_of_work(), write_package(folder / str(services), services))
        with loader.unit_of_work(writes=False) as work:
            connection = work.session.connection().connection.driver_connection
            assert connection is not None
            steps = 0

            def count() -> int:
                nonlocal steps
                steps += 1
                return 0

            connection.set_progress_handler(count, _STEPS)
            matches = HsdsPages(work.session).count("service_at_location", RecordQuery(search=("austin",)))
            connection.set_progress_handler(None, 0)
    assert matches == services
    return steps


def test_a_search_is_linear(tmp_path: Path) -> None:
    """Four times the organizations and places, about four times the steps."""
    small, large = (effort_of_search(tmp_path, services) for services in (draws(300), draws(1200)))

    assert large < 6 * small
