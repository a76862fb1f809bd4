"""What the API says of estimates: its documents."""

from vostok.services.documents.estimates import ActualView as Actual
from vostok.services.documents.estimates import ChainLinkView as ChainLink
from vostok.services.documents.estimates import CriticalPathView as CriticalPath
from vostok.services.documents.estimates import EstimateView as Estimate
from vostok.services.documents.estimates import PredictionView as Prediction
from vostok.services.documents.estimates import SpreadView as Spread

__all__ = ["Actual", "ChainLink", "CriticalPath", "Estimate", "Prediction", "Spread"]
