"""Azure Event Grid: resource events of the subscriptions, their delivery, and custom topics."""
