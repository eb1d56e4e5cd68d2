torso_up - 2 * Math.Max(pelvis_height - 0.15, 0)
