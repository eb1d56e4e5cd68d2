// The light of one light on a surface; all vectors local.

// Loops are written out, here and where EACH_LIGHT stands: some drivers run them as such, and then look up every number of each round.

// x to the n-th power, for an n below 256 that is known when this is compiled: far cheaper than by logarithms.
float power(float x, int n) {
    float x2 = x * x, x4 = x2 * x2, x8 = x4 * x4, x16 = x8 * x8, x32 = x16 * x16, x64 = x32 * x32;
    float y = (n & 1) != 0 ? x : 1.0;
    if ((n & 2) != 0) y *= x2;
    if ((n & 4) != 0) y *= x4;
    if ((n & 8) != 0) y *= x8;
    if ((n & 16) != 0) y *= x16;
    if ((n & 32) != 0) y *= x32;
    if ((n & 64) != 0) y *= x64;
    if ((n & 128) != 0) y *= x64 * x64;
    return y;
}

// The exponent is twice HALF_SHININESS: of the squared cosine, which needs no root.
float highlight(vec3 normal, vec3 light, vec3 toward) {
    vec3 middle = light + toward;
    float along = max(dot(normal, middle), 0.0);
    return shine * power(along * along / max(dot(middle, middle), 1e-6), HALF_SHININESS);
}

#if LIGHTS > 0
uniform vec4 lightGloss[LIGHTS];     // color of highlights; w: -
uniform vec3 lightFall[LIGHTS];      // brightness is divided by x + y d + z d d

// normal: unit; point: from the geom's own middle; toward: unit, to the eye; diffuse: whether it is not reckoned elsewhere.
vec3 lightOf(int i, vec3 normal, vec3 point, vec3 toward, bool diffuse) {
    vec3 light = lightPosition[i];
    float strength = 1.0;
    if ((DIRECTIONALS >> i & 1) == 0) {
        light -= point;
        float squared = dot(light, light);
        float inverse = inversesqrt(squared);
        light *= inverse;
        if ((FALLS >> i & 1) != 0) {
            float away = squared * inverse;
            strength = 1.0 / (lightFall[i].x + (lightFall[i].y + lightFall[i].z * away) * away);
        }
#if SPOTS != 0
        if ((SPOTS >> i & 1) != 0) {
            float cosine = -dot(light, lightAim[i].xyz);
            const int fades[] = int[](FADES);
            float beam = power(max(cosine, 0.0), fades[i]);
            strength *= cosine < lightAim[i].w ? 0.0 : beam;
        }
#endif
    }
    float facing = dot(normal, light);
    vec3 rgb = diffuse ? lightColor[i] * max(facing, 0.0) : vec3(0.0);
    if ((GLOSSES >> i & 1) != 0) {
        rgb += lightGloss[i].rgb * (facing > 0.0 ? highlight(normal, light, toward) : 0.0);
    }
#if GLOWS != 0
    if ((GLOWS >> i & 1) != 0) rgb += lightGlow[i];
#endif
    return rgb * strength;
}
#endif

uniform vec3 headGloss;

vec3 headLight(vec3 normal, vec3 toward, bool diffuse) {
    float facing = dot(normal, headAt);
    vec3 rgb = diffuse ? head * max(facing, 0.0) : vec3(0.0);
#ifdef HEAD_GLOSS
    rgb += headGloss * (facing > 0.0 ? highlight(normal, headAt, toward) : 0.0);
#endif
    return rgb;
}
