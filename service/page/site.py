"""The routers of every page, for an application to include."""

from __future__ import annotations

from service.page import (
    arrivals,
    beds,
    coalition,
    consents,
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
    signed_in,
    signin,
    webhooks,
)

PAGES = (
    home.router,
    arrivals.router,
    signin.router,
    signed_in.router,
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
    grievances.router,
    public.router,
)
