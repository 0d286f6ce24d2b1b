"""The rows of the operations table, one module for each part of ARM; `operations_table` joins them."""
