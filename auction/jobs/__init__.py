"""The clock process: coarse work on a schedule. It announces; it never decides a bid."""
