// Planes and boxes are their own faces: exact, and the rasteriser's early depth test still works.
// A box shows at most three faces, the ones whose outer side the eye is on.

out vec3 ray;                // local, from the eye
out vec2 st;
out flat vec3 normal;

void main() {
    int g = geom();
    Geom shape = geoms[g];
    View seen = view();
    mat3 local = toLocal(g);
    vec3 offset = position(g) - seen.eye.xyz;
    vec3 eye = local * -offset;
    vec2 corner = vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1) * 2.0 - 1.0;
    vec3 at;
#ifdef PLANE
    bool hidden = eye.z <= 0.0;
    normal = vec3(0.0, 0.0, 1.0);
    at = vec3(corner * shape.size.xy, 0.0);
    // A plane without end follows the eye.
    if (shape.bound.w > 0.5) at.xy = corner * 1.5 * range.y + eye.xy;
#else
    int axis = gl_VertexID >> 2;
    float side = eye[axis] < 0.0 ? -1.0 : 1.0;
    bool hidden = eye[axis] * side <= shape.size[axis];
    normal = vec3(0.0);
    normal[axis] = side;
    at[axis] = side * shape.size[axis];
    at[(axis + 1) % 3] = corner.x * shape.size[(axis + 1) % 3];
    at[(axis + 2) % 3] = corner.y * shape.size[(axis + 2) % 3];
#endif
    if (hidden) {
        gl_Position = nowhere();
        return;
    }
    ray = at - eye;
    st = at.xy * shape.texture.xy + shape.texture.zw;
    vec3 p = (ray * local) * mat3(seen.right.xyz, seen.up.xyz, seen.forward.xyz);
    float depth = (p.z * range.z - 1.0) * range.w;
    gl_Position = place(p.xy / seen.eye.w, 2.0 * depth - p.z, p.z);
    lightUp(shape, seen, local, colour(g));
}
