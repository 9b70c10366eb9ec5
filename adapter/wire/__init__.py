"""HTTP/1.1, server-sent events and WebSocket by hand: few Python steps for each message."""
