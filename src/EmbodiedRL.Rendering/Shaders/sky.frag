#ifdef CUBED
in vec2 st;
uniform sampler2D image;
#ifdef HAZY
in vec3 planeRay;
in flat float height;
#endif
#else
in vec3 sky;
#endif

void main() {
#ifdef CUBED
    vec3 rgb = texture(image, st).rgb;
#ifdef HAZY
    rgb = mix(rgb, haze.rgb, hazeAt(planeRay, height));
#endif
#ifdef FOGGY
    rgb = fog.rgb;           // the sky lies far beyond where fog is complete
#endif
#else
    vec3 rgb = sky;
#endif
    pixel = vec4(rgb, 1.0);
}
