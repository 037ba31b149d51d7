"""What happens to a concern: asked at home first, answered, let go, or sent on with consent."""
