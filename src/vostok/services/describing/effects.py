"""How dry runs become the documents of the API."""

from collections.abc import Sequence

from vostok.documents.effects import (
    EffectsView,
    ImportPlanView,
    PlannedPublicationView,
    SuiteOfferView,
)
from vostok.domain.effect import EFFECTS_MAX, Effect
from vostok.services.importing.offers import SuiteOffer
from vostok.services.job_runner import Carry


def effects_document(effects: Sequence[Effect]) -> EffectsView:
    """The effects of a dry run, the first of them."""
    return {
        "dry_run": True,
        "effects": [
            {"code": effect.code, "subject": effect.subject, "sentence": effect.sentence}
            for effect in effects[:EFFECTS_MAX]
        ],
        "effects_total": len(effects),
    }


def planned_publication_document(result: Carry) -> PlannedPublicationView:
    """What publishing would make."""
    return {
        "message": str(result["message"]),
        "publication": int(result["publication"]),
        "is_new": bool(result["is_new"]),
        "sources": result.get("sources"),
        "binaries": result.get("binaries"),
        "indices": result.get("indices"),
    }


def import_plan_document(archive: str, offers: Sequence[SuiteOffer]) -> ImportPlanView:
    """What mirrors offer."""
    return {
        "dry_run": True,
        "archive": archive,
        "suites": [_offer_document(offer) for offer in offers],
        "bytes": sum(offer.bytes for offer in offers),
    }


def _offer_document(offer: SuiteOffer) -> SuiteOfferView:
    return {
        "suite": offer.suite,
        "codename": offer.codename,
        "mirror": offer.mirror,
        "date": offer.date.isoformat(),
        "valid_until": None if offer.valid_until is None else offer.valid_until.isoformat(),
        "signed_by": offer.signed_by,
        "components": list(offer.components),
        "architectures": list(offer.architectures),
        "indices": offer.indices,
        "bytes": offer.bytes,
        "is_unchanged": offer.is_unchanged,
        "is_older": offer.is_older,
    }
