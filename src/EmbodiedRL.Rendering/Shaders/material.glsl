// Sets the flat parts of surface.glsl.
void lightUp(Geom shape, View seen, mat3 local, vec4 paint) {
    ambient = paint.rgb * (seen.ambient.rgb + shape.material.z);
    diffuse = paint.rgb * seen.diffuse.rgb;
    head = paint.rgb * seen.head.rgb;
    highlight = vec4(seen.specular.rgb * shape.material.x, shape.material.y);
    light = local * seen.light.xyz;
    opacity = paint.a;
}
