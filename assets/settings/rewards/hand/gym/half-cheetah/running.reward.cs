torso_velocity - 0.05 * (bthigh * bthigh + bshin * bshin + bfoot * bfoot + fthigh * fthigh + fshin * fshin + ffoot * ffoot)
