#ifdef CUBED
in vec3 ray;
#ifdef HAZY
in vec3 planeRay;
in flat float height;
#endif
#else
in vec3 sky;
#endif

void main() {
#ifdef CUBED
    vec3 rgb = texture(image, vec3(ray.x, ray.z, -ray.y)).rgb;
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
