// The light of one lamp on a surface; all vectors local.

#if LAMPS > 0
uniform vec4 lampGloss[LAMPS];     // colour of highlights; w: how much the cone fades towards its rim
uniform vec3 lampFall[LAMPS];      // brightness is divided by x + y d + z d d

// normal: unit; point: from the thing's own middle; towards: unit, to the eye; diffuse: whether it is not reckoned elsewhere.
vec3 lampLight(int i, vec3 normal, vec3 point, vec3 towards, bool diffuse) {
    vec3 light = lampAt[i];
    float strength = 1.0;
    if ((DIRECTIONALS >> i & 1) == 0) {
        light -= point;
        float squared = dot(light, light);
        float inverse = inversesqrt(squared);
        light *= inverse;
        if ((FALLS >> i & 1) != 0) {
            float away = squared * inverse;
            strength = 1.0 / (lampFall[i].x + (lampFall[i].y + lampFall[i].z * away) * away);
        }
#if SPOTS != 0
        if ((SPOTS >> i & 1) != 0) {
            float cosine = -dot(light, lampAim[i].xyz);
            float beam = (FADES >> i & 1) != 0 ? exp2(lampGloss[i].w * log2(max(cosine, 1e-6))) : 1.0;
            strength *= cosine < lampAim[i].w ? 0.0 : beam;
        }
#endif
    }
    float facing = dot(normal, light);
    vec3 rgb = diffuse ? lampColour[i] * max(facing, 0.0) : vec3(0.0);
    if ((GLOSSES >> i & 1) != 0) {
        vec3 middle = light + towards;
        float gloss = max(dot(normal, middle), 0.0) * inversesqrt(max(dot(middle, middle), 1e-6));
        rgb += lampGloss[i].rgb * (shine.x * (facing > 0.0 ? exp2(shine.y * log2(max(gloss, 1e-6))) : 0.0));
    }
#if GLOWS != 0
    if ((GLOWS >> i & 1) != 0) rgb += lampGlow[i];
#endif
    return rgb * strength;
}
#endif

uniform vec3 headGloss;

vec3 headLight(vec3 normal, vec3 towards, bool diffuse) {
    float facing = dot(normal, headAt);
    vec3 rgb = diffuse ? head * max(facing, 0.0) : vec3(0.0);
#ifdef HEAD_GLOSS
    vec3 middle = headAt + towards;
    float gloss = max(dot(normal, middle), 0.0) * inversesqrt(max(dot(middle, middle), 1e-6));
    rgb += headGloss * (shine.x * (facing > 0.0 ? exp2(shine.y * log2(max(gloss, 1e-6))) : 0.0));
#endif
    return rgb;
}
