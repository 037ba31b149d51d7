"""Cases and what moves them: staff, the desk itself, the clock."""
