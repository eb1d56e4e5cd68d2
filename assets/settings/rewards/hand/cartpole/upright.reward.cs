Math.Cos(pole_angle) - 0.1 * Math.Abs(cart_position) - 0.01 * Math.Abs(pole_velocity)
