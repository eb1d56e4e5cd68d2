// Boxes are their own faces: exact, and the rasterizer's early depth test still works.
// A box shows at most three faces, the ones whose outer side the eye is on.

out vec3 ray;                // local, from the eye
out vec3 coordinates;        // in the texture
out flat vec3 side;          // the normal
#ifdef FOGGY
out float away;              // meters along the viewing axis
#endif

void main() {
    mat3 local = toLocal();
    vec3 from = local * (eye.xyz - place);
    vec2 corner = vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1) * 2.0 - 1.0;
    int k = gl_VertexID >> 2;
    float outwards = from[k] < 0.0 ? -1.0 : 1.0;
    if (outwards * from[k] <= shape.size[k] || isSkipped()) {
        gl_Position = nowhere();
        return;
    }
    side = vec3(0.0);
    side[k] = outwards;
    vec3 at;
    at[k] = outwards * shape.size[k];
    at[(k + 1) % 3] = corner.x * shape.size[(k + 1) % 3];
    at[(k + 2) % 3] = corner.y * shape.size[(k + 2) % 3];
    ray = at - from;
#ifdef CUBED
    coordinates = at * shape.cube.xyz;
#else
    coordinates = vec3(at.xy * shape.map.xy + shape.map.zw, 0.0);
#endif
    vec3 p = (ray * local) * viewAxes();
    gl_Position = putPoint(p);
#ifdef FOGGY
    away = p.z;
#endif
    lightUp(local, paint());
    fold(side);
}
