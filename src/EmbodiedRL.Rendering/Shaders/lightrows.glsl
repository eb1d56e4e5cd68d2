// Lights as they are in the world, and as a geom sees them.

#if !defined(FRAGMENT) || defined(MANY_LIGHTS)
#ifdef LIT
#if LIGHTS > 0
#define LIGHT_ROWS (2 + 3 * LIGHTS)
#else
#define LIGHT_ROWS 2
#endif
// Rows: all even light, the headlight's diffuse light, then of each light place, aim and diffuse light.
#ifdef OWN_LIGHT
layout(std430, binding = 1) readonly buffer Lights { vec4 lightRows[]; };
uniform int firstLight;
vec4 lightRow(int row, int instance) { return lightRows[(firstLight + instance) * LIGHT_ROWS + row]; }
#else
uniform vec4 lightRows[LIGHT_ROWS];
vec4 lightRow(int row, int instance) { return lightRows[row]; }
#endif
#if LIGHTS > 0
uniform vec3 lightAmbient[LIGHTS];
#if SHADES != 0
layout(std430, binding = 2) readonly buffer ShadowViews { vec4 shadowRows[]; };   // of each shadow: eye, right, up, forward
uniform ivec4 shadowStride;    // shadows, first environment or -1 if all share one, tiles a column, pixels a side
#endif
#endif
#endif

#if defined(LIT) && LIGHTS > 0
// at: the geom's place; instance: the environment.
void placeLight(int i, mat3 local, vec3 at, vec3 painted, int instance) {
    vec4 place = lightRow(2 + 3 * i, instance);
    bool directional = (DIRECTIONALS >> i & 1) != 0;
    lightPosition[i] = local * (directional ? place.xyz : place.xyz - at);
    lightColor[i] = painted * lightRow(4 + 3 * i, instance).rgb;
#if SPOTS != 0
    if ((SPOTS >> i & 1) != 0) {
        vec4 aim = lightRow(3 + 3 * i, instance);
        lightAim[i] = vec4(local * aim.xyz, aim.w);
    }
#endif
#if GLOWS != 0
    if ((GLOWS >> i & 1) != 0) lightGlow[i] = painted * lightAmbient[i];
#endif
#if SHADES != 0
    if ((SHADES >> i & 1) != 0) {
        int before = bitCount(SHADES & ((1 << i) - 1));
        int row = 4 * (before + (shadowStride.y < 0 ? 0 : (shadowStride.y + instance) * shadowStride.x));
        mat3 axes = mat3(shadowRows[row + 1].xyz, shadowRows[row + 2].xyz, shadowRows[row + 3].xyz);
        shadeFrom[i] = (at - shadowRows[row].xyz) * axes;
        shadeAxes[i] = local * axes;
    }
#endif
}
#endif
#endif
