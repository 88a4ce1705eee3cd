"""The doors for leads: what each sender's message says, read into a Finding. One file per kind of sender."""
