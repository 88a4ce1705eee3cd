"""Words without business: money, decimals, periods, hashing. Pure; no Django, no business noun."""
