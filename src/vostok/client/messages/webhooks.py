"""What the API says of webhooks: its own documents."""

from vostok.services.documents.webhooks import DeliveryView as Delivery
from vostok.services.documents.webhooks import NewWebhookView as NewWebhook
from vostok.services.documents.webhooks import WebhookView as Webhook
from vostok.services.documents.webhooks import WebhookWithDeliveriesView as WebhookWithDeliveries

__all__ = ["Delivery", "NewWebhook", "Webhook", "WebhookWithDeliveries"]
