// Planes and boxes are their own faces: exact, and the rasteriser's early depth test still works.
// A box shows at most three faces, the ones whose outer side the eye is on.
// On a face the normal, the light and the eye's height are the same everywhere, so most of the light is worked out here.

out vec4 ray;                // local, from the eye; w: its length along the light
out vec2 st;
out flat vec3 even;          // colour under the light that does not depend on where it is seen from
out flat vec3 head;          // colour under the light at the camera, facing it
out flat vec4 highlight;     // colour of highlights; w: exponent
out flat vec2 heights;       // of the light and of the eye above the face
out flat float opacity;

void main() {
    int g = geom();
    Geom shape = geoms[g];
    View seen = view();
    mat3 local = toLocal(g);
    vec3 offset = position(g) - seen.eye.xyz;
    vec3 eye = local * -offset, light = local * seen.light.xyz;
    vec2 corner = vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1) * 2.0 - 1.0;
    vec3 at;
#ifdef PLANE
    heights = vec2(light.z, eye.z);
    at = vec3(corner * shape.size.xy, 0.0);
    // A plane without end follows the eye.
    if (shape.bound.w > 0.5) at.xy = corner * 1.5 * range.y + eye.xy;
#else
    int axis = gl_VertexID >> 2;
    float side = eye[axis] < 0.0 ? -1.0 : 1.0;
    heights = side * vec2(light[axis], eye[axis]) - vec2(0.0, shape.size[axis]);
    at[axis] = side * shape.size[axis];
    at[(axis + 1) % 3] = corner.x * shape.size[(axis + 1) % 3];
    at[(axis + 2) % 3] = corner.y * shape.size[(axis + 2) % 3];
#endif
    if (heights.y <= 0.0) {
        gl_Position = nowhere();
        return;
    }
    vec3 reach = at - eye;
    ray = vec4(reach, dot(reach, light));
    st = at.xy * shape.texture.xy + shape.texture.zw;
    vec3 p = (reach * local) * mat3(seen.right.xyz, seen.up.xyz, seen.forward.xyz);
    float depth = (p.z * range.z - 1.0) * range.w;
    gl_Position = place(p.xy / seen.eye.w, 2.0 * depth - p.z, p.z);

    vec4 paint = colour(g);
    float facing = max(heights.x, 0.0);
    even = paint.rgb * (seen.ambient.rgb + shape.material.z + seen.diffuse.rgb * facing);
    head = paint.rgb * seen.head.rgb;
    highlight = vec4(heights.x > 0.0 ? seen.specular.rgb * shape.material.x : vec3(0.0), shape.material.y);
    opacity = paint.a;
}
