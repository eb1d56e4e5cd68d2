// Planes: a part of the picture that holds what is seen of them; where the eye's rays meet them, fragments find out.
// 1 / depth is linear over the picture, and so is depth as it is stored: the rasterizer's early depth test still works.

out vec3 ray;                // local, from the eye; its length along the viewing axis is 1
out float nearer;            // 1 / meters along the viewing axis
out flat vec4 textureMap;
#ifdef CUBED
out flat vec3 cubeMap;
#endif
#ifdef BOUNDED
out flat vec2 extent;        // half-extents, meters
#endif
#ifdef PATCH
layout(location = 14) in vec3 patchStart;   // least x and y in the picture, most x
layout(location = 15) in vec3 patchEnd;     // most y
#endif
uniform float clearReach;    // meters around the eye where neither haze nor sky lies before a plane without end

void main() {
    mat3 local = toLocal();
    vec3 from = local * (eye.xyz - place), normal = vec3(rowX.z, rowY.z, rowZ.z);
#ifdef BACK
    if (from.z >= 0.0 || isSkipped()) {
#else
    if (from.z <= 0.0 || isSkipped()) {
#endif
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
    vec3 f = nearness(normal, from.z);
    float low = 1.0 / range.y, high = 1e30;
#if defined(NEARBY) || defined(ENDLESS)
    // No ray of the picture goes farther sideways than this for each meter ahead.
    vec2 widest = abs(vec2(up.w, forward.w)) + vec2(eye.w, right.w);
    float clear = length(vec3(widest, 1.0)) / clearReach;
#ifdef NEARBY
    low = max(low, clear);
#else
    high = max(low, clear);
#endif
#endif
    vec2 xy = band(f, low, high, gl_VertexID);
#ifdef BOUNDED
    // The smallest upright rectangle around it, if all of it lies before the eye.
    vec2 least = vec2(1e9), most = vec2(-1e9);
    bool before = true;
    for (int i = 0; i < 4; i++) {
        vec3 p = ((vec3((vec2(i & 1, i >> 1) * 2.0 - 1.0) * shape.size.xy, 0.0) - from) * local) * viewAxes();
        before = before && p.z > range.x;
        vec2 seen = picture(p) / p.z;
        least = min(least, seen);
        most = max(most, seen);
    }
    if (before) xy = clamp((gl_VertexID & 1) == 0 ? vec2(least.x, (gl_VertexID >> 1) == 0 ? least.y : most.y) : vec2(most.x, (gl_VertexID >> 1) == 0 ? least.y : most.y), -1.0, 1.0);
    extent = shape.size.xy;
#endif
#ifdef PATCH
    if (patchStart.x >= patchStart.z || patchStart.y >= patchEnd.x) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
    xy = vec2((gl_VertexID & 1) == 0 ? patchStart.x : patchStart.z, (gl_VertexID >> 1) == 0 ? patchStart.y : patchEnd.x);
#endif
    nearer = at(f, xy);
    ray = local * (viewAxes() * viewRay(xy));
    gl_Position = putInside(xy, 2.0 * (range.z - nearer) * range.w - 1.0);
    textureMap = shape.map;
#ifdef CUBED
    cubeMap = shape.cube.xyz;
#endif
    vec4 painted = paint();
#ifdef BACK
    painted.a *= 0.3;
#endif
    lightUp(local, painted);
    fold(vec3(0.0, 0.0, 1.0));
}
