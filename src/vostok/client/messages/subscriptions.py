"""What the API says of mail: its own documents."""

from vostok.documents.subscriptions import LetterView as Letter
from vostok.documents.subscriptions import MailAddressView as MailAddress
from vostok.documents.subscriptions import SubscriptionView as Subscription

__all__ = ["Letter", "MailAddress", "Subscription"]
