"""What starts workflows and tasks by itself: schedules and triggers."""
