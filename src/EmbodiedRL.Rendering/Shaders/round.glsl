in flat mat3 rays;
in flat vec3 size;
in flat vec4 window;
#ifdef TEXTURED
in flat vec4 textureMap;
#endif
#ifdef CUBED
in flat vec3 cubeMap;
#endif

vec3 ray() { return rays * vec3(gl_FragCoord.xy - window.xy, 1.0); }

void show(float distance, vec3 normal, vec3 direction) {
    float depth = (window.z - 1.0 / distance) * window.w;
    if (distance <= 0.0 || depth < 0.0) discard;
    gl_FragDepth = depth;
    vec3 point = origin + distance * direction;
#ifdef CUBED
    vec3 coordinates = point * cubeMap;
#elif defined(TEXTURED)
    vec3 coordinates = vec3(point.xy * textureMap.xy + textureMap.zw, 0.0);
#else
    vec3 coordinates = vec3(0.0);
#endif
    write(normal, point, direction, coordinates, distance);
}
