"""The routers of every page, for an application to include."""

from __future__ import annotations

from service.page import (
    arrivals,
    audit,
    beds,
    coalition,
    coalition_forms,
    consents,
    first_steps,
    grievances,
    group,
    home,
    inbox,
    intake,
    leaving,
    officer,
    papers,
    public,
    referrals,
    session_pages,
    signin,
    webhooks,
    what_if,
)
from service.page.desk import routes as desk

PAGES = (
    home.router,
    arrivals.router,
    signin.router,
    session_pages.router,
    audit.router,
    first_steps.router,
    leaving.router,
    intake.router,
    officer.router,
    papers.router,
    group.router,
    referrals.router,
    consents.router,
    inbox.router,
    beds.router,
    webhooks.router,
    coalition.router,
    coalition_forms.router,
    what_if.router,
    desk.router,
    grievances.router,
    public.router,
)
