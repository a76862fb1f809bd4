"""Telling people and programs what happened: news, webhooks, mail."""
