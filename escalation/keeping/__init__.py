"""What must stay true over years: the audit, retention, backups, the desk's epoch."""
