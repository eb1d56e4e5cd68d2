// Sets the flat parts of surface.glsl.

#ifdef CLIPPED
uniform int clipStride;
layout(std430, binding = 3) readonly buffer Clips { vec4 clips[]; };   // of each environment: the plane, and where the camera looks whose light it is
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
    even = painted.rgb * (lampRow(0, gl_InstanceID).rgb + shape.material.z);
    opacity = painted.a;
    head = painted.rgb * lampRow(1, gl_InstanceID).rgb;
#ifdef CLIPPED
    headAt = local * -clips[gl_InstanceID * clipStride + 1].xyz;
#else
    headAt = local * -forward.xyz;
#endif
    shine = shape.material.x;
#if LAMPS > 0
#ifdef MANY_LAMPS
    lampTurn = local;
    lampPlace = place;
    lampPaint = painted.rgb;
    lampInstance = gl_InstanceID;
#endif
#if !defined(MANY_LAMPS) || defined(AT_CORNERS)
#define LIGHT_UP(i) lampUp(i, local, place, painted.rgb, gl_InstanceID);
    EACH_LAMP(LIGHT_UP)
#endif
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
#if LAMPS > 0 && !defined(MANY_LAMPS)
#define FOLD(i) if (((DIRECTIONALS & ~CASTERS) >> i & 1) != 0) even += lampColor[i] * max(dot(side, lampAt[i]), 0.0);
    EACH_LAMP(FOLD)
#endif
#endif
}
