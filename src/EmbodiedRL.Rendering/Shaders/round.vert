// Spheres, ellipsoids, capsules and cylinders: one quad that holds the picture of a capsule around the shape.

out flat mat3 rays;          // local ray of a pixel = rays * (column, row, 1); its length along the view axis is 1
out flat vec3 size;          // BALL: 1 / half-axes; else radius, half-length, 1 / radius
out flat vec4 window;        // tile origin; near and far as depth needs them
#ifdef TEXTURED
out flat vec4 textureMap;
#endif
#ifdef CUBED
out flat vec3 cubeMap;
#endif

// Radius of a disc on the picture plane around the picture of a ball's center that holds the picture of the ball; negative if none does.
float discRadius(vec3 center, float radius) {
    if (center.z - radius <= range.x) return -1.0;
    float slope = length(center.xy) / center.z;
    float spread = radius * inversesqrt(dot(center, center) - radius * radius);
    float left = 1.0 - slope * spread;
    return left < 0.05 ? -1.0 : (slope + spread) / left - slope;
}

void main() {
    mat3 local = toLocal();
    size = shape.size.xyz;
    vec3 halfAxis = shape.axis.xyz;
    float radius = shape.size.w;
#ifdef SEGMENT
    // The pose's axes carry the share of the radius and the half-length.
    vec3 scale = sqrt(rowX * rowX + rowY * rowY + rowZ * rowZ);
    local = mat3(rowX / scale, rowY / scale, rowZ / scale);
    size = vec3(shape.size.x * scale.x, scale.z, 0.0);
    halfAxis = vec3(0.0, 0.0, scale.z);
    radius = size.x;
    if (scale.z <= 0.0) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }
#endif
    mat3 axes = viewAxes();
    vec3 center = (place - eye.xyz) * axes;
    halfAxis = (halfAxis * local) * axes;
    vec3 a = center - halfAxis, b = center + halfAxis;
    if (isSkipped() || max(a.z, b.z) + radius <= range.x) {
        gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
        return;
    }

    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
    float discA = discRadius(a, radius), discB = discRadius(b, radius);
    vec2 at = corner;
    if (min(discA, discB) > 0.0) {
        vec2 from = a.xy / a.z, way = b.xy / b.z - from;
        float far = length(way);
        vec2 along = far > 1e-6 ? way / far : vec2(1.0, 0.0);
        float before = min(-discA, far - discB), after = max(discA, far + discB);
        float margin = max(eye.w, right.w) / float(tiles.x);
        vec2 side = vec2(-along.y, along.x) * (max(discA, discB) + margin);
        vec2 middle = from + along * (0.5 * (before + after));
        vec2 reach = along * (0.5 * (after - before) + margin);
        at = picture(vec3(middle + reach * corner.x + side * corner.y, 1.0));
        // Where it would cross the edge of the tile, an upright rectangle takes its place, which can be cut without triangles.
        vec2 centerAt = picture(vec3(middle, 1.0)), extent = (abs(reach) + abs(side)) / vec2(eye.w, right.w);
        if (any(greaterThan(abs(centerAt) + extent, vec2(1.0)))) {
            at = centerAt + extent * corner;
            if (any(greaterThan(abs(centerAt) - extent, vec2(1.0)))) {
                gl_Position = vec4(2.0, 2.0, 2.0, 1.0);
                return;
            }
        }
    }
    gl_Position = putInside(at, 0.0);

    vec3 across = right.xyz * (2.0 * eye.w / float(tiles.x)), down = up.xyz * (-2.0 * right.w / float(tiles.x));
    vec3 first = forward.xyz + right.xyz * (up.w - eye.w) + up.xyz * (forward.w + right.w);
    rays = local * mat3(across, down, first);
    window = vec4(tileOrigin(), range.zw);
#ifdef BALL
    size = 1.0 / size;
#else
    size.z = 1.0 / size.x;
#endif
#ifdef TEXTURED
    textureMap = shape.map;
#endif
#ifdef CUBED
    cubeMap = shape.cube.xyz;
#endif
    lightUp(local, paint());
}
