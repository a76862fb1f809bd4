"""What the API says of what happened: its own documents."""

from vostok.documents.news import NewsItemView as NewsItem
from vostok.documents.news import NewsView as News

__all__ = ["News", "NewsItem"]
