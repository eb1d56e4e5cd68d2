torso_up - 2 * Math.Abs(pelvis_height - 0.48) - right_knee_height - left_knee_height
