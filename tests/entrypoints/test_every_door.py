"""What can be done through one door can be done through the others: API, command line, pages."""

import re

from tests.entrypoints.client.test_every_operation import COMMAND_LINE
from tests.entrypoints.installation import Installation

from vostok.entrypoints.pages import create_router

WITHOUT_COMMAND = {
    "build_log": "`build log` calls it through `log_parts`",
    "comparison": "`compare` asks the same",
}
BUILD = "/archives/{name}/builds/{source}/{rebuild_no}/{architecture}"
DEEDS_OF_PAGES: dict[str, set[str]] = {
    "/sign-in": {"log_in"},
    "/sign-in/password": {"log_in", "change_password"},
    "/sign-out": {"revoke_token"},
    "/jobs/{identifier}/cancel": {"cancel_job"},
    "/archives/{name}/rebuild": {"request_rebuild", "estimate_rebuild"},
    f"{BUILD}/retry": {"retry_build"},
    f"{BUILD}/cancel": {"cancel_build"},
    f"{BUILD}/rescore": {"rescore_builds"},
    "/archives/{name}/campaigns/{number}/retry": {"retry_builds"},
    "/archives/{name}/campaigns/{number}/cancel": {"cancel_builds"},
    "/archives/{name}/campaigns/{number}/rescore": {"rescore_builds"},
    "/archives/{name}/packages/remove": {"remove_sources"},
    "/archives/{name}/packages/remove/now": {"remove_sources"},
    "/archives/{name}/packages/restore": {"restore_sources"},
    "/archives/{name}/packages/restore/now": {"restore_sources"},
    "/archives/{name}/delete": {"delete_archive"},
    "/archives/derive": {"derive_archive", "estimate_derivation", "preview_selection"},
    "/store/count": {"store_stats"},
    "/store/verify": {"verify_store"},
    "/store/collect": {"collect_store"},
    "/archives/{name}/outgoing": {"request_outgoing"},
    "/new/toolchain": {"create_toolchain"},
    "/archives/import": {"import_archive"},
    "/archives/{name}/import-again": {"import_archive"},
    "/archives/{name}/sync": {"sync_archive"},
    "/archives/{name}/settings": {"change_archive"},
    "/archives/{name}/selection": {"select_sources"},
    "/archives/{name}/publications": {"publish_archive"},
    "/archives/{name}/publications/{number}/keep": {"keep_publication"},
    "/archives/{name}/publications/{number}/release": {"release_publication"},
    "/archives/{name}/subscribe": {"subscribe"},
    "/archives/{name}/campaigns/{number}/subscribe": {"subscribe"},
    "/me/mail/{subscription}/remove": {"unsubscribe"},
    "/me/mail/letters/{letter}/again": {"send_again"},
    "/people/{name}/mail/{subscription}/remove": {"unsubscribe"},
    "/people/{name}/mail/letters/{letter}/again": {"send_again"},
    "/me/mail/confirmation": {"ask_again"},
    "/mail/unsubscribe/{token}": {"unsubscribe"},
    "/archives/{name}/webhooks": {"add_webhook"},
    "/archives/{name}/webhooks/{number}": {"change_webhook"},
    "/archives/{name}/webhooks/{number}/switch": {"change_webhook"},
    "/archives/{name}/webhooks/{number}/remove": {"remove_webhook"},
    "/archives/{name}/webhooks/{number}/test": {"test_webhook"},
    "/archives/{name}/webhooks/{number}/deliveries/{delivery}/again": {"redeliver"},
    "/builders": {"add_builder"},
    "/builders/{name}/pause": {"pause_builder"},
    "/builders/{name}/resume": {"resume_builder"},
    "/builders/{name}/remove": {"remove_builder"},
    "/builders/{name}/token": {"renew_builder_token"},
    "/builders/{name}/token/revoke": {"revoke_builder_token"},
    "/rights": {"grant_general_right"},
    "/rights/{number}/revoke": {"revoke_general_right"},
    "/archives/{name}/rights": {"grant_right"},
    "/archives/{name}/rights/{number}/revoke": {"revoke_right"},
    "/archives/{name}/visibility": {"set_visibility"},
    "/people": {"add_person"},
    "/me/keys": {"add_key"},
    "/me/keys/revoke": {"revoke_key"},
    "/me/tokens": {"create_token"},
    "/me/tokens/revoke": {"revoke_token"},
    "/people/{name}/keys": {"add_key"},
    "/people/{name}/keys/revoke": {"revoke_key"},
    "/people/{name}/tokens": {"create_token"},
    "/people/{name}/tokens/revoke": {"revoke_token"},
    "/me/password": {"change_password"},
    "/people/{name}/password": {"set_password"},
    "/people/{name}/password/reset": {"reset_password"},
    "/people/{name}/vouch": {"vouch"},
    "/people/{name}/disable": {"disable_person"},
    "/people/{name}/enable": {"enable_person"},
    "/robots": {"add_robot"},
    "/people/{name}/robot": {"change_robot"},
    "/people/{name}/delete": {"delete_robot"},
    "/me/sessions/end": {"end_session"},
    "/me/sessions/end-others": {"end_sessions"},
    "/me/identities/unlink": {"unlink_identity"},
    "/me/identities/link": {"link_identity"},
    "/people/{name}/sessions/end": {"end_session"},
    "/people/{name}/sessions/end-others": {"end_sessions"},
    "/people/{name}/identities/unlink": {"unlink_identity"},
    "/people/{name}/identities/link": {"link_identity"},
    "/teams": {"add_team"},
    "/teams/{name}/members": {"put_into_team"},
    "/teams/{name}/members/take-out": {"take_out_of_team"},
    "/teams/{name}/delete": {"delete_team"},
    "/quotas/{kind}/{name}": {
        "set_archive_quota", "set_default_quota", "set_person_quota", "set_team_quota",
    },
    "/quotas/{kind}/{name}/remove": {
        "remove_archive_quota", "remove_default_quota", "remove_person_quota", "remove_team_quota",
    },
}  # fmt: skip
"""Address of a form -> the operations that do the same."""
ONLY_ON_PAGES = {
    "/mail/confirm/{token}": "the link of a letter: it shows that the letter was read",
}
WITHOUT_PAGE = {
    "compare": "it changes nothing, and /compare is a page to look at",
    "put_upload_file": "uploads are signed where their files are, and sent by dput or the command",
}
"""Operations that change something and have no form, and why."""


CAMPAIGN = "/archives/{name}/campaigns/{number}"
READ_ON_PAGES = {
    "archives": "/archives",
    "archive": "/archives/{name}/",
    "publications": "/archives/{name}/",
    "deletion": "/archives/{name}/delete",
    "derivations": "/archives/{name}/history",
    "derivation": "/archives/{name}/history/{number}",
    "taken_sources": "/archives/{name}/packages",
    "comparison": "/compare",
    "toolchains": "/toolchains",
    "toolchain": "/toolchains/{name}",
    "preflight": "/toolchains/{name}/preflight",
    "campaigns": "/archives/{name}/",
    "campaign": CAMPAIGN,
    "compare_campaigns": f"{CAMPAIGN}/compare",
    "build": BUILD,
    "build_log": f"{BUILD}/log",
    "not_built": "/archives/{name}/not-built",
    "explain_version": "/archives/{name}/versions",
    "jobs": "/jobs",
    "job": "/jobs/{identifier}",
    "job_log": "/jobs/{identifier}",
    "uploads": "/archives/{name}/uploads",
    "upload": "/archives/{name}/uploads/{number}",
    "upload_file": "/archives/{name}/uploads/{number}/files/{file}",
    "search": "/search",
    "queue": "/queue",
    "archive_news": "/archives/{name}/news",
    "archive_webhooks": "/archives/{name}/webhooks",
    "webhook": "/archives/{name}/webhooks/{number}",
    "own_subscriptions": "/me/mail",
    "mail_address": "/me/mail",
    "letters": "/me/mail",
    "persons": "/people",
    "person": "/people/{name}",
    "keys": "/people/{name}",
    "robots": "/robots",
    "robot": "/people/{name}",
    "tokens": "/people/{name}",
    "sessions": "/people/{name}",
    "identities": "/people/{name}",
    "archive_rights": "/archives/{name}/rights",
    "general_rights": "/rights",
    **dict.fromkeys(("archive_persons", "archive_person"), "/archives/{name}/persons"),
    **dict.fromkeys(("general_persons", "general_person"), "/rights/persons"),
    "teams": "/teams",
    "team": "/teams/{name}",
    "audit": "/audit",
    "quotas": "/quotas",
    **dict.fromkeys(
        ("archive_quota", "default_quota", "person_quota", "team_quota"), "/quotas/{kind}/{name}"
    ),
    "builders": "/builders",
    "builder": "/builders/{name}",
}
"""Operation that only reads -> the page that shows the same."""
READ_ELSEWHERE = {
    "status": "for clients: the builders are on the page /builders, the version on /api",
    "campaign_news": "the page of a campaign shows its builds and follows them as they end",
    "archive_news_stream": "pages follow what happens by streams of their own",
    "campaign_news_stream": "the same",
    "outgoing_parts": "for the command that makes the files where they are signed; a page has the "
    "files whole",
    "outgoing_file": "the same",
}
"""Operations that only read and have no page, and why."""


def operations(installation: Installation) -> dict[str, str]:
    """Name -> method."""
    return {
        operation["operationId"]: method
        for item in installation.app.openapi()["paths"].values()
        for method, operation in item.items()
    }


def test_every_operation_is_asked_for_by_a_command(unchanged: Installation) -> None:
    text = "".join(path.read_text() for path in COMMAND_LINE.rglob("*.py"))
    called = set(re.findall(r"(?:client\.|\.(?=\w+\())(\w+)", text))

    missing = operations(unchanged).keys() - called

    assert missing == WITHOUT_COMMAND.keys()


def test_what_a_page_does_the_api_does_too(unchanged: Installation) -> None:
    forms = {
        str(getattr(route, "path", ""))
        for route in create_router(unchanged.services).routes
        if "POST" in (getattr(route, "methods", None) or ())
    }
    done = set().union(*DEEDS_OF_PAGES.values())

    assert forms == DEEDS_OF_PAGES.keys() | ONLY_ON_PAGES.keys()
    assert done <= operations(unchanged).keys()


def test_what_the_api_does_a_page_does_too_or_is_known_to_lack(unchanged: Installation) -> None:
    changing = {name for name, method in operations(unchanged).items() if method != "get"}
    done = set().union(*DEEDS_OF_PAGES.values())

    assert changing - done == WITHOUT_PAGE.keys()


def test_what_the_api_tells_a_page_shows_too(unchanged: Installation) -> None:
    reading = {name for name, method in operations(unchanged).items() if method == "get"}
    pages = {
        str(getattr(route, "path", ""))
        for route in create_router(unchanged.services).routes
        if "GET" in (getattr(route, "methods", None) or ())
    }

    assert reading == READ_ON_PAGES.keys() | READ_ELSEWHERE.keys()
    assert not READ_ON_PAGES.keys() & READ_ELSEWHERE.keys()
    assert set(READ_ON_PAGES.values()) <= pages
