"""Who works here: accounts, skills, practice, hours, who is there now."""
