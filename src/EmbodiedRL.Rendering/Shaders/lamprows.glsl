// Lamps as they are in the world, and as a thing sees them.

#if !defined(FRAGMENT) || defined(MANY_LAMPS)
#ifdef LIT
#if LAMPS > 0
#define LAMP_ROWS (2 + 3 * LAMPS)
#else
#define LAMP_ROWS 2
#endif
// Rows: all even light, the headlight's diffuse light, then of each lamp place, aim and diffuse light.
#ifdef OWN_LIGHT
layout(std430, binding = 1) readonly buffer Lamps { vec4 lampRows[]; };
uniform int firstLight;
vec4 lampRow(int row, int instance) { return lampRows[(firstLight + instance) * LAMP_ROWS + row]; }
#else
uniform vec4 lampRows[LAMP_ROWS];
vec4 lampRow(int row, int instance) { return lampRows[row]; }
#endif
#if LAMPS > 0
uniform vec3 lampAmbient[LAMPS];
#if SHADES != 0
layout(std430, binding = 2) readonly buffer ShadowViews { vec4 shadowRows[]; };   // of each shadow: eye, right, up, forward
uniform ivec4 shadowStride;    // shadows, first environment or -1 if all share one, tiles a column, pixels a side
#endif
#endif
#endif

#if defined(LIT) && LAMPS > 0
// at: the thing's place; instance: the environment.
void lampUp(int i, mat3 local, vec3 at, vec3 painted, int instance) {
    vec4 lamp = lampRow(2 + 3 * i, instance);
    bool directional = (DIRECTIONALS >> i & 1) != 0;
    lampAt[i] = local * (directional ? lamp.xyz : lamp.xyz - at);
    lampColor[i] = painted * lampRow(4 + 3 * i, instance).rgb;
#if SPOTS != 0
    if ((SPOTS >> i & 1) != 0) {
        vec4 aim = lampRow(3 + 3 * i, instance);
        lampAim[i] = vec4(local * aim.xyz, aim.w);
    }
#endif
#if GLOWS != 0
    if ((GLOWS >> i & 1) != 0) lampGlow[i] = painted * lampAmbient[i];
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
