"""SIP2, the protocol of self-check machines (3M Standard Interchange Protocol 2.00)."""
