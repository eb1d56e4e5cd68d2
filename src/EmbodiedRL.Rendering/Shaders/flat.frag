in vec4 ray;
in vec2 st;
in flat vec3 even;
in flat vec3 head;
in flat vec4 highlight;
in flat vec2 heights;
in flat float opacity;

#ifdef TEXTURED
uniform sampler2D image;
#endif

out vec4 pixel;

void main() {
    float near = inversesqrt(dot(ray.xyz, ray.xyz));
    float towards = heights.y * near;
    vec3 rgb = even + head * towards;
#ifdef SHINY
    // The middle of two unit vectors has the squared length 2 + 2 cos.
    float gloss = (heights.x + towards) * inversesqrt(max(2.0 - 2.0 * ray.w * near, 1e-6));
    rgb += highlight.rgb * exp2(highlight.w * log2(clamp(gloss, 1e-6, 1.0)));
#endif
#ifdef TEXTURED
    rgb *= texture(image, st).rgb;
#endif
    pixel = vec4(rgb, opacity);
}
