// Where in the colors from top to bottom a sky is read whose sides are all alike.
vec2 skyCoordinates(vec3 ray) { return vec2(0.5, 0.5 - 0.5 * ray.z / max(abs(ray.x), abs(ray.y))); }
