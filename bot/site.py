"""The staff site of one app: the shell, and the pages of each capability in the order of the navigation."""

from __future__ import annotations

from bot.console import Console, Group
from bot.outreach.personal import sent_to
from bot.people import load_choices
from bot.people import pages as people
from bot.people.phones import robots_of
from bot.services import PEOPLE, Services


def make_console(services: Services) -> Console:
    """The shell, and who may come in."""
    settings = services.settings
    return Console(
        services.accounts, services.sessions, services.trail, services.bindings,
        lambda: services.office.settings.office.name,
        is_secure=settings.server.public_url.startswith("https://"), factor_is_needed=settings.console.second_factor,
    )  # fmt: skip


def groups(services: Services, held: Console) -> list[Group]:
    """The pages of each capability, in the order of the navigation."""
    return [
        _knowledge(services),
        _conversations(services),
        _outreach(services),
        people.create_group(_people(services, held)),
        _settings(services, held),
    ]


def _settings(services: Services, held: Console) -> Group:
    from bot.office.pages import Part, create_group
    from bot.outreach.pages.menu import MenuPart, with_menu

    keeper = services.office_keeper
    part = Part(services.office_desk, lambda: services.office, services.settings, keeper.shipped, lambda: held.clock())
    return with_menu(create_group(part), MenuPart(services.menus, lambda: services.day_menu, lambda: held.clock()))


def _knowledge(services: Services) -> Group:
    from bot.knowledge.pages import Room, create_group
    from bot.unanswered import pages as unanswered
    from bot.unanswered.pages.recent import Recent

    room = Room(
        lambda: services.office, services.database, services.desk, services.keeper, services.synonym_desk,
        services.danger_desk, lambda: services.plan_desk,
        lambda said, lexicon: services.trial(synonyms=said, lexicon=lexicon), services.plan_reminders, services.tell,
    )  # fmt: skip
    asked = unanswered.Room(services.unanswered, lambda: services.teller, Recent(services.unanswered))
    made = unanswered.create_pages(asked)
    return create_group(room, made, lambda staff, now: unanswered.waiting(asked, staff, now))


def _outreach(services: Services) -> Group:
    from bot.outreach import pages

    return pages.create_group(pages.Desks(services, load_choices(PEOPLE)))


def _conversations(services: Services) -> Group:
    from bot.conversations import pages

    talks = services.talks
    made = pages.create_pages(talks, lambda: services.answerer, lambda: services.office.settings.office.region)
    return Group([made], pages.SECTION, pages.waiting_of(talks), pages.figures_of(talks))


def _people(services: Services, held: Console) -> people.Hall:
    wechat = services.settings.wechat
    is_set_up = bool(wechat.app_id and wechat.secret)
    return people.Hall(
        services.database, services.records, load_choices(PEOPLE), lambda: services.office.settings.office.name,
        lambda: held.clock(), services.sync_followers if is_set_up else None,
        (lambda scene: services.official.make_qr_link(scene)) if is_set_up else None,
        sent_to, lambda message: f"/staff/conversations/open/{message}",
        lambda: robots_of(services.settings.wecom.robots),
    )  # fmt: skip
