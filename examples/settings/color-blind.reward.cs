Math.Exp(-4 * Math.Min(
    Math.Min(Math.Pow(hand_position[0] - red_position[0], 2) + Math.Pow(hand_position[1] - red_position[1], 2),
        Math.Pow(hand_position[0] - green_position[0], 2) + Math.Pow(hand_position[1] - green_position[1], 2)),
    Math.Min(Math.Pow(hand_position[0] - blue_position[0], 2) + Math.Pow(hand_position[1] - blue_position[1], 2),
        Math.Pow(hand_position[0] - yellow_position[0], 2) + Math.Pow(hand_position[1] - yellow_position[1], 2))))
