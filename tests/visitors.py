"""A browser without a screen: keeps cookies as browsers do on this machine, sends forms, follows nothing by itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from http.cookies import SimpleCookie
from typing import Any

import httpx
from api_builders import Api
from sqlalchemy import select, update

from service.database.database import open_database
from service.database.table_base import table_of
from service.database.unit_of_work import for_writing
from service.security import build_caller
from service.sessions.keep_sessions import make_login_code
from service.sessions.tables import PageSession

SESSION, STATE = "__Host-session", "__Host-signin"


@dataclass
class Visitor:
    """One browser at one server. httpx would keep `Secure` cookies from a server without TLS; browsers do not here."""

    client: httpx.Client
    cookies: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)

    def get(self, path: str, **headers: str) -> httpx.Response:
        return self._send("GET", path, None, headers)

    def post(self, path: str, form: dict[str, Any], **headers: str) -> httpx.Response:
        return self._send("POST", path, form, headers)

    def forgery(self, path: str = "/") -> str:
        """The token that the forms of a page carry."""
        return hidden(self.get(path).text, "forgery")

    def _send(self, method: str, path: str, form: dict[str, Any] | None, headers: dict[str, str]) -> httpx.Response:
        header_values = {name.replace("_", "-"): value for name, value in (self.headers | headers).items()}
        if self.cookies:
            header_values["Cookie"] = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        response = self.client.request(method, path, data=form, headers=header_values, follow_redirects=False)
        for name, morsel in set_cookies(response).items():
            if morsel["max-age"] == "0":
                self.cookies.pop(name, None)
            else:
                self.cookies[name] = morsel.value
        return response


def set_cookies(response: httpx.Response) -> SimpleCookie:
    """The cookies that a response sets, with their attributes."""
    cookies = SimpleCookie()
    for line in response.headers.get_list("set-cookie"):
        cookies.load(line)
    return cookies


def hidden(page: str, name: str) -> str:
    """The value of a hidden field on a page."""
    match = re.search(rf'<input type="hidden" name="{name}" value="([^"]*)"', page)
    assert match is not None, f"no hidden field {name}"
    return unescape(match[1])


def login_code(api: Api, organization: str, *scopes: str) -> str:
    """A code as `referral-router token --login` makes it."""
    with open_database(api.settings) as database:
        caller = build_caller(organization=organization, scopes=scopes, subject=f"{organization}-desk")
        code = make_login_code(database.unit_of_work(), caller)
    assert code is not None, "the organization is not in the directory"
    return code


def signed_in(api: Api, organization: str, *scopes: str, **headers: str) -> Visitor:
    """A visitor who signed in by a link."""
    visitor = Visitor(api.client, headers=headers)
    assert visitor.post("/signin", {"code": login_code(api, organization, *scopes)}).status_code == 303
    return visitor


def make_older(api: Api, **columns: timedelta) -> None:
    """Make every session older by so much: `used_at`, `begun_at`."""
    table = table_of(PageSession)
    with open_database(api.settings) as database, for_writing(database.engine).begin() as connection:
        for row in connection.execute(select(table)).all():
            older = {name: getattr(row, name) - by for name, by in columns.items()}
            connection.execute(update(table).where(table.c.digest == row.digest).values(**older))
