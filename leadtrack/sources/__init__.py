"""Where people come from: Marker -> Channel, and the Source table everything points to."""
