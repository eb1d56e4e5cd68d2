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
    even = painted.rgb * (lightRow(0, gl_InstanceID).rgb + shape.material.z);
    opacity = painted.a;
    head = painted.rgb * lightRow(1, gl_InstanceID).rgb;
#ifdef CLIPPED
    headAt = local * -clips[gl_InstanceID * clipStride + 1].xyz;
#else
    headAt = local * -forward.xyz;
#endif
    shine = shape.material.x;
#if LIGHTS > 0
#ifdef MANY_LIGHTS
    lightTurn = local;
    lightPlace = place;
    lightPaint = painted.rgb;
    lightInstance = gl_InstanceID;
#endif
#if !defined(MANY_LIGHTS) || defined(AT_CORNERS)
#define LIGHT_UP(i) placeLight(i, local, place, painted.rgb, gl_InstanceID);
    EACH_LIGHT(LIGHT_UP)
#endif
#if SHADES != 0
    shadeTile = vec2(gl_InstanceID / shadowStride.z, gl_InstanceID % shadowStride.z) * float(shadowStride.w);
#endif
#endif
#endif
}

// On a flat side the normal and so the light of directional lights are the same everywhere: it is added to what is even.
void fold(vec3 side) {
#ifdef LIT
    even += head * max(dot(side, headAt), 0.0);
#if LIGHTS > 0 && !defined(MANY_LIGHTS)
#define FOLD(i) if (((DIRECTIONALS & ~CASTERS) >> i & 1) != 0) even += lightColor[i] * max(dot(side, lightPosition[i]), 0.0);
    EACH_LIGHT(FOLD)
#endif
#endif
}
