// Sets the flat parts of surface.glsl.

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
vec4 lampRow(int row) { return lampRows[(firstLight + gl_InstanceID) * LAMP_ROWS + row]; }
#else
uniform vec4 lampRows[LAMP_ROWS];
vec4 lampRow(int row) { return lampRows[row]; }
#endif
#if LAMPS > 0
uniform vec3 lampAmbient[LAMPS];
#if SHADES != 0
layout(std430, binding = 2) readonly buffer ShadowViews { vec4 shadowRows[]; };   // of each shadow: eye, right, up, forward
uniform ivec4 shadowStride;    // shadows, first environment or -1 if all share one, tiles a column, pixels a side
#endif
#endif
#endif

#ifdef CLIPPED
uniform int clipStride;
layout(std430, binding = 3) readonly buffer Clips { vec4 clips[]; };   // of each environment: the plane, and where the camera looks whose light it is
#endif

#if defined(LIT) && LAMPS > 0
void lampUp(int i, mat3 local, vec4 painted) {
    vec4 at = lampRow(2 + 3 * i);
    bool directional = (DIRECTIONALS >> i & 1) != 0;
    lampAt[i] = local * (directional ? at.xyz : at.xyz - place);
    lampColour[i] = painted.rgb * lampRow(4 + 3 * i).rgb;
#if SPOTS != 0
    if ((SPOTS >> i & 1) != 0) {
        vec4 aim = lampRow(3 + 3 * i);
        lampAim[i] = vec4(local * aim.xyz, aim.w);
    }
#endif
#if GLOWS != 0
    if ((GLOWS >> i & 1) != 0) lampGlow[i] = painted.rgb * lampAmbient[i];
#endif
#if SHADES != 0
    if ((SHADES >> i & 1) != 0) {
        int before = bitCount(SHADES & ((1 << i) - 1));
        int row = 4 * (before + (shadowStride.y < 0 ? 0 : (shadowStride.y + gl_InstanceID) * shadowStride.x));
        mat3 axes = mat3(shadowRows[row + 1].xyz, shadowRows[row + 2].xyz, shadowRows[row + 3].xyz);
        shadeFrom[i] = (place - shadowRows[row].xyz) * axes;
        shadeAxes[i] = local * axes;
    }
#endif
}
#endif

void lightUp(mat3 local, vec4 painted) {
    origin = local * (eye.xyz - place);
#ifdef NORMALS
    turn = local;
#endif
#ifdef CLIPPED
    vec4 world = clips[gl_InstanceID * clipStride];
    clip = vec4(local * world.xyz, dot(world.xyz, place) + world.w);
#endif
#ifdef LIT
    even = painted.rgb * (lampRow(0).rgb + shape.material.z);
    opacity = painted.a;
    head = painted.rgb * lampRow(1).rgb;
#ifdef CLIPPED
    headAt = local * -clips[gl_InstanceID * clipStride + 1].xyz;
#else
    headAt = local * -forward.xyz;
#endif
    shine = shape.material.x;
#if LAMPS > 0
#define LIGHT_UP(i) lampUp(i, local, painted);
    EACH_LAMP(LIGHT_UP)
#if SHADES != 0
    shadeTile = vec2(gl_InstanceID / shadowStride.z, gl_InstanceID % shadowStride.z) * float(shadowStride.w);
#endif
#endif
#endif
}

// On a flat side the normal and so the light of directional lamps are the same everywhere: it is added to what is even.
void fold(vec3 side) {
#ifdef LIT
    even += head * max(dot(side, headAt), 0.0);
#if LAMPS > 0
#define FOLD(i) if (((DIRECTIONALS & ~SHADES) >> i & 1) != 0) even += lampColour[i] * max(dot(side, lampAt[i]), 0.0);
    EACH_LAMP(FOLD)
#endif
#endif
}
