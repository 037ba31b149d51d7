"""What the owner gets to see, to take away and to have erased: all of it."""
