// Spheres, ellipsoids, capsules and cylinders: one quad that holds the picture of a capsule around the shape.

out flat vec3 origin;        // the eye in local axes
out flat mat3 rays;          // local ray of a pixel = rays * (column, row, 1); its length along the view axis is 1
out flat vec3 size;
out flat vec4 window;        // tile origin; near and far as depth needs them
out flat vec4 textureMap;

// Radius of a disc on the picture plane around the picture of a ball's centre that holds the picture of the ball; negative if none does.
float discRadius(vec3 centre, float radius) {
    if (centre.z - radius <= range.x) return -1.0;
    float slope = length(centre.xy) / centre.z;
    float spread = radius * inversesqrt(dot(centre, centre) - radius * radius);
    float left = 1.0 - slope * spread;
    return left < 0.05 ? -1.0 : (slope + spread) / left - slope;
}

void main() {
    int g = geom();
    Geom shape = geoms[g];
    View seen = view();
    mat3 local = toLocal(g);
    mat3 axes = mat3(seen.right.xyz, seen.up.xyz, seen.forward.xyz);
    vec3 offset = position(g) - seen.eye.xyz;
    float tangent = seen.eye.w;

    vec3 centre = offset * axes;
    vec3 halfAxis = (vec3(shape.size.w, shape.bound.xy) * local) * axes;
    float radius = shape.bound.z;
    vec3 a = centre - halfAxis, b = centre + halfAxis;
    if (max(a.z, b.z) + radius <= range.x) {
        gl_Position = nowhere();
        return;
    }

    vec2 corner = vec2(gl_VertexID & 1, gl_VertexID >> 1) * 2.0 - 1.0;
    float discA = discRadius(a, radius), discB = discRadius(b, radius);
    vec2 at = corner;
    if (min(discA, discB) > 0.0) {
        vec2 from = a.xy / a.z, way = b.xy / b.z - from;
        float far = length(way);
        vec2 along = far > 1e-6 ? way / far : vec2(1.0, 0.0);
        float reach = corner.x < 0.0 ? min(-discA, far - discB) : max(discA, far + discB);
        float margin = tangent / float(tiles.x);
        at = (from + along * (reach + corner.x * margin) + vec2(-along.y, along.x) * corner.y * (max(discA, discB) + margin)) / tangent;
    }
    gl_Position = place(at, 0.0, 1.0);

    origin = local * -offset;
    float pixelStep = 2.0 * tangent / float(tiles.x);
    rays = local * mat3(seen.right.xyz * pixelStep, seen.up.xyz * -pixelStep,
                        seen.forward.xyz - (seen.right.xyz - seen.up.xyz) * tangent);
    size = shape.size.xyz;
    window = vec4(tileOrigin(), range.zw);
    textureMap = shape.texture;
    lightUp(shape, seen, local, colour(g));
}
