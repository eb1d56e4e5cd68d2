torso_up + Math.Min(pelvis_height, 0.95)
