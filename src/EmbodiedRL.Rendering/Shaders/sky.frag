#if defined(CUBED) && !(defined(BANDED) && !defined(HAZY))
in vec3 ray;
#ifdef BANDED
uniform sampler2D image;     // a side of the cube, where all sides are alike and differ in height alone
#else
uniform samplerCube image;
#endif
#ifdef HAZY
in vec3 planeRay;
in flat float height;
#endif
#else
in vec3 sky;
#endif

void main() {
#if defined(CUBED) && !(defined(BANDED) && !defined(HAZY))
#ifdef BANDED
    vec3 rgb = texture(image, skyCoordinates(ray)).rgb;
#else
    vec3 rgb = texture(image, vec3(ray.x, ray.z, -ray.y)).rgb;
#endif
#ifdef HAZY
    rgb = mix(rgb, haze.rgb, hazeAt(planeRay, height));
#endif
#else
    vec3 rgb = sky;
#endif
#if defined(FOGGY) && defined(CUBED)
    rgb = fog.rgb;           // the sky lies far beyond where fog is complete
#endif
    pixel = vec4(rgb, 1.0);
}
