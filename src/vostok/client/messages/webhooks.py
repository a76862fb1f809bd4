"""What the API says of webhooks: its own documents."""

from vostok.documents.webhooks import DeliveryView as Delivery
from vostok.documents.webhooks import NewWebhookView as NewWebhook
from vostok.documents.webhooks import WebhookView as Webhook
from vostok.documents.webhooks import WebhookWithDeliveriesView as WebhookWithDeliveries

__all__ = ["Delivery", "NewWebhook", "Webhook", "WebhookWithDeliveries"]
