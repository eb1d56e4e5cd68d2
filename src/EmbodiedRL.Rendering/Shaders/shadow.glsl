// Whether a light reaches a point.
#if LIGHTS > 0 && SHADES != 0
uniform sampler2DArray shadows;
uniform int shadowSize;           // pixels a side of a map
uniform vec4 shadowLens[LIGHTS];   // tangent of half the width, 1 / near, 1 / (1 / near - 1 / far), meters that a texel spans at distance 1

float lightAt(int i, vec3 point, vec3 normal) {
    vec4 lens = shadowLens[i];
    vec3 p = point * shadeAxes[i] + shadeFrom[i];
    // A step off the surface, so that it does not shade itself.
    p += (normal * shadeAxes[i]) * (1.5 * lens.w * max(p.z, 0.0));
    float inverse = 1.0 / p.z;
    vec2 at = p.xy * (inverse / lens.x);
    if (p.z <= 0.0 || max(abs(at.x), abs(at.y)) >= 1.0) return 1.0;
    ivec2 texel = ivec2((vec2(at.x, -at.y) * 0.5 + 0.5) * float(shadowSize));
    int before = bitCount(SHADES & ((1 << i) - 1));
    float nearest = texelFetch(shadows, ivec3(ivec2(shadeTile) + texel, before), 0).r;
    float depth = (lens.y - inverse) * lens.z;
    return depth <= nearest + 1e-5 ? 1.0 : 0.0;
}
#endif
