"""Who works here: members, roles and what each may see, API tokens, the audit trail."""
