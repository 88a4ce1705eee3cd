"""Own calls from a file: an export of a telephone system, each row a call like one the carrier told of."""
