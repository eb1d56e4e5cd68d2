#ifdef TEXTURED
uniform sampler2D image;
#endif

out vec4 pixel;

// normal: local, unit; ray: local, any length; st: texture coordinates.
void shade(vec3 normal, vec3 ray, vec2 st) {
    vec3 towards = -ray * inversesqrt(dot(ray, ray));
    float facing = dot(normal, light);
    vec3 rgb = ambient + diffuse * max(facing, 0.0) + head * max(dot(normal, towards), 0.0);
#ifdef SHINY
    vec3 middle = light + towards;
    float gloss = max(dot(normal, middle), 0.0) * inversesqrt(max(dot(middle, middle), 1e-6));
    rgb += highlight.rgb * (facing > 0.0 ? exp2(highlight.w * log2(max(gloss, 1e-6))) : 0.0);
#endif
#ifdef TEXTURED
    rgb *= texture(image, st).rgb;
#endif
    pixel = vec4(rgb, opacity);
}
