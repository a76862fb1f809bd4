"""What the API says of rights, teams and the audit log: its own documents."""

from vostok.services.documents.rights import AuditEntryView as AuditEntry
from vostok.services.documents.rights import GrantView as Grant
from vostok.services.documents.rights import TeamView as Team

__all__ = ["AuditEntry", "Grant", "Team"]
