"""What a request to rebuild comes to: which builds it would make, and what it refuses."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from vostok.debian.excerpt import excerpt
from vostok.domain.access import Principal
from vostok.domain.archive import Archive, Suite
from vostok.domain.build_change import check_score
from vostok.domain.build_profile import NO_WORDS, BuildWords, check_words, words_of
from vostok.domain.campaign import (
    REASON_LENGTH_MAX,
    SCORE_OF_REBUILDS,
    CampaignKind,
)
from vostok.domain.publication import ALL
from vostok.domain.rebuild_form import FormChoice, Scope, Skew
from vostok.domain.rebuild_plan import Plan, Refusal, plan_rebuild
from vostok.domain.rebuild_policy import check_rebuildable
from vostok.domain.rebuild_request import (
    NO_FILTERS,
    Filters,
    SourceTests,
    unrecorded_words,
)
from vostok.errors import ConflictError, InvalidInputError
from vostok.services.building.claims import own_words
from vostok.services.building.controls import list_controls
from vostok.services.building.rebuild_requests import with_builds_named
from vostok.services.rebuilding.filters import filtered, unrecorded
from vostok.services.rebuilding.no_change_requests import without_made
from vostok.services.repositories import Transaction
from vostok.services.selection.source_limits import within_rights
from vostok.services.toolchains.revisions import ToolchainService
from vostok.services.versions.candidates import wanted_sources
from vostok.services.versions.facts import habits_of, marking_of
from vostok.services.views.editions import base_of


@dataclass(frozen=True, slots=True, kw_only=True)
class RebuildRequest:
    """What somebody asks to be rebuilt."""

    archive: str
    selection: str
    reason: str
    toolchain: str | None = None
    """The archive's own by default."""
    architectures: Sequence[str] | None = None
    filters: Filters = NO_FILTERS
    tests: SourceTests | None = None
    """Whether builds run them; None: as the toolchain says."""
    score: int = SCORE_OF_REBUILDS
    control: int | None = None
    """Number of the campaign whose failures are built again with the parent's toolchain."""
    is_no_change: bool = False
    """Whether new sources are wanted, of what has none yet."""
    form: FormChoice = FormChoice.AUTO
    skew: Skew = Skew.REFUSE
    idempotency_key: str | None = None
    """Of the sender's choice; the same request with it gets the same campaign."""
    build_profiles: Sequence[str] = ()
    build_options: Sequence[str] = ()

    @property
    def words(self) -> BuildWords:
        """The build profiles and options that are asked for."""
        return BuildWords(
            options=tuple(dict.fromkeys(self.build_options)),
            profiles=tuple(dict.fromkeys(self.build_profiles)),
        )

    @property
    def kind(self) -> CampaignKind:
        """What its campaign is for."""
        if self.control is not None:
            return CampaignKind.CONTROL
        return CampaignKind.NO_CHANGE if self.is_no_change else CampaignKind.REBUILD

    def document(self) -> dict[str, object]:
        """Everything that is asked, as it is stored and shown."""
        return {
            "selection": self.selection,
            "reason": self.reason,
            "toolchain": self.toolchain,
            "architectures": None if self.architectures is None else list(self.architectures),
            "failed": self.filters.failed,
            "built_with": self.filters.built_with,
            "built_on": self.filters.built_on,
            "older_than": self.filters.older_than,
            "tests": self.tests,
            "score": self.score,
            "control": self.control,
            "no_change": self.is_no_change,
            "form": self.form,
            "skew": self.skew,
            "build_profiles": list(self.words.profiles),
            "build_options": list(self.words.options),
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Considered:
    """A request with everything that it is decided from, and what it comes to."""

    archive: Archive
    suite: Suite
    toolchain_id: int | None
    architectures: tuple[str, ...]
    plan: Plan


class RebuildPlanner:
    """Decides what a request comes to, as of the moment of the transaction it is given."""

    def __init__(self, toolchains: ToolchainService) -> None:
        self._toolchains = toolchains

    def consider(
        self, transaction: Transaction, principal: Principal, request: RebuildRequest
    ) -> Considered:
        """The request with what it comes to, of which the principal may ask for all.

        Raises:
            NotAllowedError: what it selects is more than the principal's right is narrowed to.
            ConflictError: the archive's policy forbids it, or it means no source.
            InvalidInputError: selection, reason, toolchain or architecture is not acceptable.
        """
        found = self._as_if_allowed(transaction, request)
        plan = within_rights(transaction, principal, found.archive, found.suite, found.plan)
        return replace(found, plan=plan)

    def _as_if_allowed(self, transaction: Transaction, request: RebuildRequest) -> Considered:
        if not request.reason.strip() or len(request.reason) > REASON_LENGTH_MAX:
            raise InvalidInputError(
                f"a rebuild needs a reason of 1 to {REASON_LENGTH_MAX} characters",
                hint="say why: --reason TEXT",
            )
        check_score(request.score)
        check_words(request.words, request.tests)
        archive = transaction.archives.named(request.archive)
        check_rebuildable(archive)
        suite = transaction.archives.suites(archive.id)[0]
        architectures = _wanted(suite, request.architectures)
        if request.control is not None:
            return _controlled(transaction, request, archive, suite, architectures)
        toolchain_id = archive.toolchain_id
        if request.toolchain is not None:
            toolchain = transaction.toolchains.named(request.toolchain)
            self._toolchains.check_possible(
                transaction, toolchain, base_of(suite), architectures, archive.name, suite
            )
            toolchain_id = toolchain.id
        parts = _parts(request, architectures)
        scope = Scope(
            architectures=parts,
            enabled=suite.architectures,
            architecture_of_all=suite.architecture_of_all,
            form=FormChoice.SOURCE if request.is_no_change else request.form,
            skew=request.skew,
        )
        selected = wanted_sources(
            transaction,
            archive,
            suite,
            request.selection,
            is_for_a_part=not set(suite.architectures) <= set(parts),
        )
        if not len(selected):
            raise ConflictError(
                f"nothing that {archive.name} takes is selected by {excerpt(request.selection)}",
                hint=f"see what is: vostok selection preview {archive.name} EXPR",
                reason="nothing-selected",
            )
        taken = selected.names
        meant = filtered(transaction, archive, request.filters, taken=taken, architectures=parts)
        unknown = unrecorded(
            transaction, archive, request.filters, taken=taken, architectures=parts
        )
        if not meant:
            raise ConflictError(
                "none of the selected sources is meant by the filters" + unrecorded_words(unknown),
                hint="ask for less: without --failed, --built-with, --built-on, --older-than",
                reason="nothing-meant",
            )
        wanted = selected if request.filters.is_empty else selected.among(meant)
        made: list[Refusal] = []
        if request.is_no_change:
            wanted, made = without_made(transaction, archive, wanted, request.reason.strip())
        plan = plan_rebuild(
            wanted.candidates,
            scope,
            plain=wanted.plain,
            marking=marking_of(transaction, archive, suite),
            habits=habits_of(transaction, archive, suite),
            is_partial=_is_partial(transaction, request, toolchain_id),
        )
        return Considered(
            archive=archive,
            suite=suite,
            toolchain_id=toolchain_id,
            architectures=architectures,
            plan=with_builds_named(
                transaction,
                archive,
                replace(plan, refused=(*made, *plan.refused), unrecorded=unknown),
            ),
        )


def _controlled(
    transaction: Transaction,
    request: RebuildRequest,
    archive: Archive,
    suite: Suite,
    architectures: tuple[str, ...],
) -> Considered:
    """A request for controls: everything but the toolchain is as it was when they failed."""
    asks_more = request.toolchain is not None or request.words != NO_WORDS
    if request.control is None or asks_more or not request.filters.is_empty:
        raise InvalidInputError(
            "a control takes failures of one campaign, as they were, and the parent's toolchain",
            hint="ask without --toolchain, --profile, --build-option, --failed, --built-with, "
            "--built-on, --older-than",
        )
    plan = list_controls(
        transaction,
        archive,
        suite,
        request.control,
        selection=request.selection,
        architectures=architectures,
    )
    return Considered(
        archive=archive,
        suite=suite,
        toolchain_id=None,
        architectures=architectures,
        plan=plan,
    )


def _is_partial(
    transaction: Transaction, request: RebuildRequest, toolchain_id: int | None
) -> bool:
    """Whether packages would be others than without the profiles of request and toolchain."""
    toolchain = None if toolchain_id is None else transaction.toolchains.by_id(toolchain_id)
    own = NO_WORDS if toolchain is None else own_words(toolchain)
    return bool(words_of(own, request.words, request.tests).changing)


def _wanted(suite: Suite, asked: Sequence[str] | None) -> tuple[str, ...]:
    """The machines' architectures of a request; the one of `all`, if that is all it asks for."""
    if not asked:
        return suite.architectures
    machines = [architecture for architecture in asked if architecture != ALL]
    missing = [name for name in machines if name not in suite.architectures]
    if missing:
        raise InvalidInputError(
            f"the archive has no architecture {', '.join(missing)}",
            hint=f"it has {', '.join(suite.architectures)}",
        )
    return tuple(dict.fromkeys(machines)) or (suite.architecture_of_all,)


def _parts(request: RebuildRequest, architectures: tuple[str, ...]) -> tuple[str, ...]:
    """What a request asks for by name, `all` among it; else all architectures of machines.

    Raises:
        InvalidInputError: it asks for packages that no binary-only rebuild makes.
    """
    if ALL not in (request.architectures or ()):
        return architectures
    if request.form is FormChoice.BINARY_ONLY:
        raise InvalidInputError(
            "no binary-only rebuild makes packages for all architectures anew",
            hint="leave out --form binary-only, or --architecture all",
        )
    return tuple(dict.fromkeys(request.architectures or ()))
