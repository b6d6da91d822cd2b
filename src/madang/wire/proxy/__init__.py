"""HTTP between a client and a server, seen and changed on its way; mitmproxy does the carrying."""
