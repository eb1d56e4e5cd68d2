torso_up - 2 * Math.Max(pelvis_height - 0.15, 0) + 0.5 * Math.Min(feet_apart, 1.4) - 0.25 * (Math.Abs(right_knee_angle) + Math.Abs(left_knee_angle))
