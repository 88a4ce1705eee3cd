"""LeadTrack: which advertising money brought which sales."""

__version__ = "0.1.0"
