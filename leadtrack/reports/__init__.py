"""Reading the ledger: tables, drill-downs, exports. It writes nothing."""
