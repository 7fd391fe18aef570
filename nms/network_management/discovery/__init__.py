"""The main job: from address ranges and seeds to profiles in the inventory, as a pipeline of small steps."""
