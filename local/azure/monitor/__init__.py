"""Log Analytics: rows taken in through a data collection rule, and read back with Kusto queries."""
