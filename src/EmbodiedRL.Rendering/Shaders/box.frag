in vec3 ray;
in vec3 coordinates;
in flat vec3 side;
#ifdef FOGGY
in float away;
#endif

void main() {
#ifdef FOGGY
    float depth = away;
#else
    float depth = 0.0;
#endif
    write(side, origin + ray, ray, coordinates, depth);
}
