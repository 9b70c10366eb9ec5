"""What a program tells about itself: JSON logs, metrics and probes."""
