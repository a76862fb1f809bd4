"""What the API says of dry runs: its own documents."""

from vostok.documents.effects import EffectsView as Effects
from vostok.documents.effects import EffectView as Effect
from vostok.documents.effects import ImportPlanView as ImportPlan
from vostok.documents.effects import SuiteOfferView as SuiteOffer
from vostok.documents.effects import TriedPublishingView as PublicationPlan

__all__ = ["Effect", "Effects", "ImportPlan", "PublicationPlan", "SuiteOffer"]
