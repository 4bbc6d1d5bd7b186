"""The database behind the ledger: two engines, one writer, and the steps of the schema."""
