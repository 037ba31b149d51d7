"""What leaves the house and comes back: written, sealed, kept, sent, signed for."""
