"""Pages of accounts, applications and memberships."""
