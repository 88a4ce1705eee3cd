"""Attribution of a whole table of paths at once, for analysts. Pure; a million paths in seconds.

The books credit one result at a time (`ledger.attribution`); here thousands of equal paths are one row.
"""
