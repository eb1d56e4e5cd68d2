#ifdef LIT
in vec3 lit;
#if LIGHTS > 0 && SHADES != 0
in vec3 shadedLit[LIGHTS];
#endif
#endif
in vec3 point;
in vec3 normal;
in vec3 coordinates;
in float away;

void main() {
#ifdef CLIPPED
    if (dot(clip.xyz, point) + clip.w < 0.0) discard;
#endif
#ifdef LIT
    vec3 rgb = lit;
#if LIGHTS > 0 && SHADES != 0
#ifdef MANY_LIGHTS
    fetchLights();
#endif
#define LIT_SHARE(i) if ((SHADES >> i & 1) != 0) rgb += shadedLit[i] * lightAt(i, point, normalize(normal));
    EACH_LIGHT(LIT_SHARE)
#endif
    pixel = vec4(finish(rgb, coordinates, away), opacity);
#endif
#ifdef NUMBERED
    pixel = number;
#endif
#ifdef NORMALS
    pixel = vec4(normalize(normal) * turn, 1.0);
#endif
}
