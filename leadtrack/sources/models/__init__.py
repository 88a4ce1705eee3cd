"""What is true of where people come from. One file per noun."""

from leadtrack.sources.models.alias import SourceAlias
from leadtrack.sources.models.link import IssuedLink
from leadtrack.sources.models.mark import DirtyMark
from leadtrack.sources.models.reclassification import Reclassification
from leadtrack.sources.models.rule import ChannelRule
from leadtrack.sources.models.source import Source

__all__ = ["ChannelRule", "DirtyMark", "IssuedLink", "Reclassification", "Source", "SourceAlias"]
