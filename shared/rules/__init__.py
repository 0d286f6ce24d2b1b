"""Every rule, one file per resource kind; `catalogue` lists them where a reader can jump to each."""
