"""What Vostok decides. Pure: no clock, file, network, database or logging."""
