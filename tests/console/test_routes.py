"""Every route of the staff site names who may open it, and keeps everybody else out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bot.staff import Permission, Role
from bot.staff.roles import MAY
from tests.console.pages import Office, office  # noqa: F401

#: Open to those who are not signed in yet.
DOORS = {"/staff", "/staff/setup", "/staff/sign-in", "/staff/code", "/staff/factor", "/staff/password"}


def routes(office: Office) -> Iterator[tuple[str, str, object]]:  # noqa: F811
    for rule in office.app.url_map.iter_rules():
        if str(rule).startswith("/staff") and not rule.endpoint.endswith(".static"):
            view = office.app.view_functions[rule.endpoint]
            for method in (rule.methods or set()) & {"GET", "POST"}:
                yield str(rule), method, getattr(view, "permission", None)


def url(rule: str) -> str:
    import re

    return re.sub(r"<(?:(\w+)(?:\([^)]*\))?:)?\w+>", lambda m: "1" if m[1] == "int" else "x", rule)


def test_every_route_names_its_permission(office: Office) -> None:  # noqa: F811
    for rule, method, permission in routes(office):
        assert isinstance(permission, Permission) or rule in DOORS, f"{method} {rule}"


def test_nobody_comes_in_without_signing_in(office: Office) -> None:  # noqa: F811
    stranger = office.app.test_client()
    for rule, method, permission in routes(office):
        if permission is None:
            continue
        response = stranger.open(url(rule), method=method)
        assert response.status_code == 303, f"{method} {rule}"
        assert response.location.startswith("/staff/sign-in"), f"{method} {rule}"


@pytest.mark.parametrize("role", list(Role))
def test_a_role_is_kept_out_of_what_it_may_not_do(office: Office, role: Role) -> None:  # noqa: F811
    client = office.sign_in(role, region="广东省江门市江海区" if role is Role.DISTRICT else "")
    for rule, method, permission in routes(office):
        if permission is None or permission in MAY[role]:
            continue
        response = client.get(url(rule)) if method == "GET" else client.post(url(rule))
        assert response.status_code == 403, f"{role} {method} {rule}"


def test_nothing_changes_without_the_token_of_the_form(office: Office) -> None:  # noqa: F811
    client = office.sign_in(Role.ADMINISTRATOR)
    for rule, method, permission in routes(office):
        if method == "POST" and permission is not None:
            response = client.browser.post(url(rule), data={})
            assert (response.status_code, response.location) == (303, "/staff/parked"), rule


def test_nothing_changes_that_another_site_sent(office: Office) -> None:  # noqa: F811
    client = office.sign_in(Role.ADMINISTRATOR)
    for rule, method, permission in routes(office):
        if method == "POST" and permission is not None:
            response = client.post(url(rule), headers={"Origin": "https://evil.example"})
            assert response.status_code == 403, rule


def test_every_page_tells_the_browser_what_to_refuse(office: Office) -> None:  # noqa: F811
    client = office.sign_in(Role.ADMINISTRATOR)
    for path in ("/staff/", "/staff/accounts", "/staff/audit/", "/staff/nowhere", "/staff/accounts/99"):
        response = client.get(path)
        policy = response.headers["Content-Security-Policy"]
        assert "'unsafe" not in policy
        assert "script-src 'self'" in policy
        assert "no-store" in response.headers["Cache-Control"]


def test_the_navigation_says_where_one_is(office: Office) -> None:  # noqa: F811
    client = office.sign_in(Role.ADMINISTRATOR)
    links = [link.url for section in office.console.sections(client.staff) for link in section.links]
    for path in ("/staff/", *links, "/staff/accounts/new"):
        side = client.get(path).text.split('<nav class="side"')[1].split("</nav>")[0]
        assert side.count('aria-current="page"') == 1, path
