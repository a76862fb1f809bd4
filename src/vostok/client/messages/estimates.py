"""What the API says of estimates: its documents."""

from vostok.documents.estimates import ActualView as Actual
from vostok.documents.estimates import ChainLinkView as ChainLink
from vostok.documents.estimates import CriticalPathView as CriticalPath
from vostok.documents.estimates import EstimateView as Estimate
from vostok.documents.estimates import PredictionView as Prediction
from vostok.documents.estimates import SpreadView as Spread

__all__ = ["Actual", "ChainLink", "CriticalPath", "Estimate", "Prediction", "Spread"]
