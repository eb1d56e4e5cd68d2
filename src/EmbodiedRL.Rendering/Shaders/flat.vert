// Planes and boxes are their own faces: exact, and the rasteriser's early depth test still works.
// A box shows at most three faces, the ones whose outer side the eye is on.
// On a face the normal and the light of directional lamps are the same everywhere, so that is worked out here.

out vec3 ray;                // local, from the eye
out vec3 coordinates;        // in the texture
out flat vec3 side;          // the normal
#ifdef FOGGY
out float away;              // metres along the viewing axis
#endif

uniform float nearReach;     // metres

void main() {
    mat3 local = toLocal();
    vec3 from = local * (eye.xyz - place);
    vec2 corner = vec2(gl_VertexID & 1, (gl_VertexID >> 1) & 1) * 2.0 - 1.0;
    vec3 at;
    float height;
#ifdef PLANE
    side = vec3(0.0, 0.0, 1.0);
    height = from.z;
    at = vec3(corner * shape.size.xy, 0.0);
    // A plane without end follows the eye: a square where there is no haze, and a frame of eight triangles around it.
#ifdef NEARBY
    at.xy = corner * nearReach + from.xy;
#endif
#ifdef ENDLESS
    vec2 quarter = vec2[](vec2(1.0, 1.0), vec2(-1.0, 1.0), vec2(-1.0, -1.0), vec2(1.0, -1.0))[(gl_VertexID >> 1) & 3];
    at.xy = quarter * ((gl_VertexID & 1) == 0 ? nearReach : 1.5 * range.y) + from.xy;
#endif
#if !defined(NEARBY) && !defined(ENDLESS)
    if (shape.axis.w > 0.5) at.xy = corner * 1.5 * range.y + from.xy;
#endif
#ifdef BACK
    height = -height;
#endif
#else
    int k = gl_VertexID >> 2;
    float outwards = from[k] < 0.0 ? -1.0 : 1.0;
    height = outwards * from[k] - shape.size[k];
    side = vec3(0.0);
    side[k] = outwards;
    at[k] = outwards * shape.size[k];
    at[(k + 1) % 3] = corner.x * shape.size[(k + 1) % 3];
    at[(k + 2) % 3] = corner.y * shape.size[(k + 2) % 3];
#endif
    if (height <= 0.0 || isSkipped()) {
        gl_Position = nowhere();
        return;
    }
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
    vec4 painted = paint();
#ifdef BACK
    painted.a *= 0.3;
#endif
    lightUp(local, painted);
#ifdef LIT
    even += head * max(dot(side, headAt), 0.0);
#if LAMPS > 0
    for (int i = 0; i < LAMPS; i++)
        if (((DIRECTIONALS & ~SHADES) >> i & 1) != 0) even += lampColour[i] * max(dot(side, lampAt[i]), 0.0);
#endif
#endif
}
