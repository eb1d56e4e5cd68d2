in vec3 ray;
in float nearer;
in flat vec4 textureMap;
#ifdef CUBED
in flat vec3 cubeMap;
#endif
#ifdef BOUNDED
in flat vec2 extent;
#endif
#ifdef ENDLESS
uniform float skyRadius;     // meters; the sky hides what of a plane without end lies beyond
#endif
uniform vec4 range;

void main() {
    if (nearer < 1.0 / range.y || nearer > range.z) discard;
    float depth = 1.0 / nearer;
    vec3 way = ray * depth;
    vec3 point = vec3(origin.xy + way.xy, 0.0);
#ifdef BOUNDED
    if (any(greaterThan(abs(point.xy), extent))) discard;
#endif
#ifdef ENDLESS
    if (dot(way.xy, way.xy) > skyRadius * skyRadius) discard;
#endif
#ifdef CUBED
    vec3 coordinates = point * cubeMap;
#else
    vec3 coordinates = vec3(point.xy * textureMap.xy + textureMap.zw, 0.0);
#endif
    write(vec3(0.0, 0.0, 1.0), point, ray, coordinates, depth);
#if defined(HAZY) && defined(LIT)
    pixel.rgb = mix(pixel.rgb, haze.rgb, hazeAt(ray, origin.z));
#endif
}
