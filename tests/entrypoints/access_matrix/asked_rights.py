"""What each operation of the API asks for, and on what: written a second time, on purpose.

Forms of pages ask what the operations ask that do the same (`test_every_door.DEEDS_OF_PAGES`).
"""

from collections.abc import Iterable
from typing import Final, NamedTuple

from vostok.domain.access import Action

HERE: Final = "trial"
"""The archive that all doors are tried on."""
PARENT: Final = "debian"


class Ask(NamedTuple):
    """An action, and the archive that it is asked of; None: of no archive."""

    action: Action
    archive: str | None


Asks = tuple[Ask, ...]
"""All of them are asked for, one after the other."""


def _of(archive: str | None, action: Action, operations: str) -> Iterable[tuple[str, Asks]]:
    return ((name, (Ask(action, archive),)) for name in operations.split())


ASKED: Final[dict[str, Asks]] = dict(
    (
        *_of(
            None, Action.VIEW, "archives toolchains toolchain jobs search queue builders builder"
        ),
        *_of(
            HERE,
            Action.VIEW,
            """archive publications derivations derivation taken_sources comparison
            preflight campaigns campaign compare_campaigns build build_log not_built
            explain_version job job_log archive_news campaign_news archive_news_stream
            campaign_news_stream uploads upload upload_file outgoing_parts outgoing_file
            archive_quota""",
        ),
        *_of(HERE, Action.PREVIEW_SELECTION, "compare"),
        *_of(PARENT, Action.PREVIEW_SELECTION, "preview_selection"),
        *_of(None, Action.IMPORT_ARCHIVE, "import_archive"),
        *_of(HERE, Action.CHANGE_ARCHIVE, "change_archive keep_publication release_publication"),
        *_of(
            HERE,
            Action.CHANGE_ARCHIVE,
            """archive_webhooks add_webhook webhook change_webhook remove_webhook test_webhook
            redeliver""",
        ),
        *_of(HERE, Action.DELETE_ARCHIVE, "deletion delete_archive"),
        *_of(HERE, Action.PUBLISH, "publish_archive"),
        *_of(None, Action.KEEP_STORE, "store_stats verify_store collect_store"),
        *_of(HERE, Action.SYNC_ARCHIVE, "sync_archive"),
        *_of(HERE, Action.SELECT_SOURCES, "select_sources remove_sources restore_sources"),
        *_of(None, Action.CREATE_TOOLCHAIN, "create_toolchain"),
        *_of(HERE, Action.REQUEST_REBUILD, "request_rebuild estimate_rebuild request_outgoing"),
        *_of(HERE, Action.RETRY_BUILD, "retry_build retry_builds"),
        *_of(HERE, Action.CANCEL_BUILD, "cancel_build cancel_builds"),
        *_of(HERE, Action.RESCORE_BUILD, "rescore_builds"),
        *_of(HERE, Action.CANCEL_JOB, "cancel_job"),
        *_of(HERE, Action.SUBSCRIBE, "subscribe"),
        *_of(
            None,
            Action.SUBSCRIBE,
            "own_subscriptions mail_address ask_again letters",
        ),
        *_of(HERE, Action.UPLOAD, "put_upload_file"),
        *_of(
            None,
            Action.MANAGE_PEOPLE,
            """persons add_person person disable_person enable_person keys add_key revoke_key
            tokens create_token revoke_token set_password reset_password sessions end_sessions
            end_session identities unlink_identity teams add_team team delete_team
            put_into_team take_out_of_team robot add_robot change_robot delete_robot""",
        ),
        *_of(None, Action.VOUCH, "vouch link_identity"),
        *_of(HERE, Action.SEE_RIGHTS, "archive_rights archive_persons archive_person"),
        *_of(HERE, Action.GRANT_RIGHTS, "grant_right revoke_right set_visibility"),
        *_of(
            None,
            Action.GRANT_EVERYWHERE,
            """general_rights general_persons general_person grant_general_right
            revoke_general_right""",
        ),
        *_of(None, Action.SEE_AUDIT, "audit"),
        *_of(
            None,
            Action.MANAGE_QUOTAS,
            """quotas default_quota set_default_quota remove_default_quota person_quota
            set_person_quota remove_person_quota team_quota set_team_quota remove_team_quota""",
        ),
        *_of(HERE, Action.MANAGE_QUOTAS, "set_archive_quota remove_archive_quota"),
        *_of(
            None,
            Action.MANAGE_BUILDERS,
            "pause_builder resume_builder remove_builder revoke_builder_token",
        ),
        *_of(None, Action.ADMIT_BUILDER, "add_builder renew_builder_token"),
    )
) | {
    "derive_archive": (Ask(Action.CREATE_ARCHIVE, None), Ask(Action.DERIVE_FROM, PARENT)),
    "estimate_derivation": (Ask(Action.CREATE_ARCHIVE, None), Ask(Action.DERIVE_FROM, PARENT)),
}
"""Operation -> what it asks for."""

ASKING_NOTHING: Final = {
    "status": "says of which version the server is, and is asked before anybody signs in",
    "log_in": "by name and password, without a token",
    "robots": "of oneself: those for which one answers; of all for who manages people",
    "unsubscribe": "of one's own subscriptions, which nobody else finds",
    "send_again": "of one's own letters, likewise",
    "change_password": "of oneself, by the old password",
}
"""Operations that no right opens or shuts, and why."""
