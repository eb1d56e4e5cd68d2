in flat vec4 color;
#ifdef FOGGY
in float away;
uniform vec4 fog;            // see shade.glsl
uniform float fogThinner;
#endif
#ifdef CLIPPED
in float above;
#endif
#ifdef NUMBERED
uniform vec4 number;
#endif
#ifndef CAST
out vec4 pixel;
#endif

void main() {
#ifdef CLIPPED
    if (above < 0.0) discard;
#endif
#ifdef LIT
    vec3 rgb = min(color.rgb * float(STRENGTH), 1.0);
#ifdef FOGGY
    rgb = mix(fog.rgb, rgb, clamp((fog.w - away) * fogThinner, 0.0, 1.0));
#endif
    pixel = vec4(rgb, color.a);
#endif
#ifdef NUMBERED
    pixel = number;
#endif
#ifdef NORMALS
    pixel = vec4(0.0);
#endif
}
