"""The coordinator's desk in a browser: accessible, with and without JavaScript, in few keystrokes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from api_builders import HOTLINE, Api, demo_settings, running
from playwright.sync_api import Browser, expect
from walks import WAYS, walking

SCOPES = ("directory:read", "directory:write", "directory:admin")


@pytest.fixture(scope="module")
def api(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Api]:
    with running(demo_settings(tmp_path_factory.mktemp("desk"), rate_limit="1000000/minute")) as app:
        yield app


@pytest.mark.parametrize(("width", "language", "script"), WAYS)
def test_renew_add_and_undo(browser: Browser, api: Api, width: int, language: str, script: bool) -> None:
    """Renew an agreement from the due list in three keystrokes; add an agency and a service in two short forms."""
    with walking(
        browser,
        api,
        language,
        width=width,
        script=script,
        organization=HOTLINE,
        scopes=SCOPES,
        java_script_enabled=script,
    ) as walk:
        page, name = walk.page, "Cedar House" if script else "Aspen House"
        walk.go("/desk")
        walk.look("desk")
        walk.go("/coalition/due")
        renew = page.get_by_role("button", name=walk.say("desk.action.agreements.renew")).first
        renew.click()
        walk.look("renew")
        walk.press("desk.review", "desk.check_title")
        walk.look("review")
        walk.press("desk.save")
        expect(page.locator(".success")).to_have_text(walk.say("desk.result.saved"))
        walk.look("renewed")
        page.get_by_role("button", name=walk.say("desk.undo")).first.click()
        expect(page.locator(".success")).to_have_text(walk.say("desk.result.undone"))

        walk.go("/desk/organizations")
        walk.look("agencies")
        walk.press("desk.add.organizations", "desk.add.organizations")
        walk.look("new agency")
        page.locator("[id='f.name']").fill(name)
        page.locator("[id='f.phones.0.number']").fill("not a number \u202e")
        walk.press("desk.review")
        expect(page.get_by_role("alert")).to_be_visible()
        walk.look("what does not fit")
        page.locator("[id='f.phones.0.number']").fill("555-0142")
        page.locator("[id='f.coalition.kind']").select_option("community")
        page.locator("[id='f.coalition.basis']").select_option("community")
        walk.press("desk.review", "desk.check_title")
        walk.press("desk.save")
        expect(page.locator("h1")).to_have_text(name)
        walk.press("desk.add.services", "desk.add.services")
        page.locator("[id='f.name']").fill(f"Pantry of {name}")
        page.locator("input[value=food]").check()
        walk.look("new service")
        walk.press("desk.review", "desk.check_title")
        walk.press("desk.save")
        expect(page.locator("h1")).to_have_text(f"Pantry of {name}")
        walk.look("service")
