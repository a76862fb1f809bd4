"""What the API says of mail: its own documents."""

from vostok.services.documents.subscriptions import LetterView as Letter
from vostok.services.documents.subscriptions import MailAddressView as MailAddress
from vostok.services.documents.subscriptions import SubscriptionView as Subscription

__all__ = ["Letter", "MailAddress", "Subscription"]
