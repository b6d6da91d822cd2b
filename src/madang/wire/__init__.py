"""The operator's room of packets: what went over the wire, from the frame to the request."""
