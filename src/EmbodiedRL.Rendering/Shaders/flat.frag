in vec3 ray;
in vec3 coordinates;
in flat vec3 side;
#ifdef FOGGY
in float away;
#endif
#ifdef ENDLESS
uniform float skyRadius;     // metres; the sky hides what of a plane without end lies beyond
#endif

void main() {
#ifdef ENDLESS
    if (dot(ray.xy, ray.xy) > skyRadius * skyRadius) discard;
#endif
#ifdef FOGGY
    float depth = away;
#else
    float depth = 0.0;
#endif
    write(side, origin + ray, ray, coordinates, depth);
#if defined(HAZY) && defined(LIT)
    pixel.rgb = mix(pixel.rgb, haze.rgb, hazeAt(ray, origin.z));
#endif
}
