torso_facing - head_height - pelvis_height
