// From a point of a surface to a pixel.

#ifndef LIT
#define CASTERS 0
#endif

#ifdef NUMBERED
uniform vec4 number;
#endif
#ifdef TEXTURED
uniform sampler2D image;
#endif
#if defined(CUBED) && !defined(SKY)
uniform samplerCube image;
#endif
#ifdef MIRROR
uniform sampler2D mirror;
#endif
#ifdef FOGGY
uniform vec4 fog;            // color; w: meters where it is complete
uniform float fogThinner;    // 1 / meters from its beginning to there
#endif

#ifndef CAST
out vec4 pixel;
#endif

#ifdef HAZY
uniform vec4 haze;           // color; w: the share of the way to the horizon
uniform vec2 hazeShape;      // height of the densest place, radius of the sky in meters

// ray: with z along the plane's normal; height: of the eye above the plane, meters.
float hazeAt(vec3 ray, float height) {
    float down = -ray.z * hazeShape.y / max(height, 1e-6);
    if (down <= 0.0 || height < 0.0) return 0.0;
    float h = 1.0 - down / (length(ray.xy) + haze.w * down);
    return clamp(h < hazeShape.x ? h / hazeShape.x : (1.0 - h) / (1.0 - hazeShape.x), 0.0, 1.0);
}
#endif

// BLUR: several samples a pixel smooth edges; textures are as fine as the pixels.
// What becomes of lit color on its way to the eye. depth: meters along the viewing axis.
vec3 finish(vec3 rgb, vec3 coordinates, float depth) {
#if CASTERS == 0
    rgb = min(rgb, 1.0);
#endif
#ifdef TEXTURED
    rgb *= texture(image, coordinates.xy, BLUR).rgb;
#endif
#if defined(CUBED) && !defined(SKY)
    rgb *= texture(image, coordinates, BLUR).rgb;
#endif
#ifdef FOGGY
    rgb = mix(fog.rgb, rgb, clamp((fog.w - depth) * fogThinner, 0.0, 1.0));
#endif
    return rgb;
}

#ifdef LIT
#if LIGHTS > 0
vec3 lightShare(int i, vec3 normal, vec3 point, vec3 toward) {
#ifdef MANY_LIGHTS
    bool folded = false;
#else
    bool folded = FOLDED != 0 && ((DIRECTIONALS & ~CASTERS) >> i & 1) != 0;
#endif
    vec3 light = lightOf(i, normal, point, toward, !folded);
    if ((CASTERS >> i & 1) != 0) light = min(light, 1.0);
#if SHADES != 0
    if ((SHADES >> i & 1) != 0) light *= lightAt(i, point, normal);
#endif
    return light;
}
#endif

#if LIGHTS > 0 && defined(MANY_LIGHTS)
void fetchLights() {
#define FETCH(i) placeLight(i, lightTurn, lightPlace, lightPaint, lightInstance);
    EACH_LIGHT(FETCH)
}
#endif

// normal: local, unit; point: local, from the geom's middle; ray: local, from the eye.
vec3 shade(vec3 normal, vec3 point, vec3 ray) {
    vec3 toward = -ray * inversesqrt(dot(ray, ray));
    vec3 rgb = even + headLight(normal, toward, FOLDED == 0);
#if LIGHTS > 0
#ifdef MANY_LIGHTS
    fetchLights();
#endif
#define SHARE(i) if ((CASTERS >> i & 1) == 0) rgb += lightShare(i, normal, point, toward);
    EACH_LIGHT(SHARE)
#if CASTERS != 0
    // As MuJoCo has it: lights that cast shadows are drawn one by one, and no single drawing is brighter than white before the texture.
    rgb = min(rgb, 1.0);
#define CAST_SHARE(i) if ((CASTERS >> i & 1) != 0) rgb += lightShare(i, normal, point, toward);
    EACH_LIGHT(CAST_SHARE)
#endif
#endif
    return rgb;
}
#endif

void write(vec3 normal, vec3 point, vec3 ray, vec3 coordinates, float depth) {
#ifdef CLIPPED
    if (dot(clip.xyz, point) + clip.w < 0.0) discard;
#endif
#ifdef LIT
    vec3 rgb = finish(shade(normal, point, ray), coordinates, depth);
#ifdef MIRROR
    if (normal.z > 0.5) rgb += texelFetch(mirror, ivec2(gl_FragCoord.xy), 0).rgb;
#endif
    pixel = vec4(rgb, opacity);
#endif
#ifdef NUMBERED
    pixel = number;
#endif
#ifdef NORMALS
    pixel = vec4(normal * turn, 1.0);
#endif
}
